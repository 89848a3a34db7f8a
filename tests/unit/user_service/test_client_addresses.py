"""What counts as one address, and as one client."""

import pytest

from user_service.core.clients import Client, address_block


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("unknown", "unknown"),
    ],
)
def test_one_customer_is_one_address(address: str, block: str) -> None:
    assert address_block(address) == block


def test_another_program_or_address_is_another_client() -> None:
    client = Client(b"address", "browser", "en")
    assert client.fingerprint == Client(b"address", "browser", "en").fingerprint
    assert client.fingerprint != Client(b"elsewhere", "browser", "en").fingerprint
    assert client.fingerprint != Client(b"address", "app", "en").fingerprint
