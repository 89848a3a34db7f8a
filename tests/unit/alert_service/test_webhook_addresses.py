"""Where webhooks may lead, and that a name cannot be made to mean something else between the check and the call."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from alert_service.clients.receivers import Receivers, RefusedAddressError, UnreachableError, look_up
from alert_service.domain.addresses import may_be_called

PUBLIC = ("93.184.215.14", "1.1.1.1", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2a00:1450:4001:82a::200e")
INSIDE = (
    *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fd00::1", "fec0::1"),
    *("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fe80::1", "fe80::1%eth0"),
    *("0.0.0.0", "::", "255.255.255.255", "224.0.0.1", "239.1.2.3", "240.0.0.1", "ff02::1", "192.0.2.1", "198.18.0.1"),  # noqa: S104
    # An address of IPv4 inside one of IPv6: mapped, compatible, NAT64 in both its ranges, 6to4, Teredo.
    *("::ffff:10.0.0.1", "::ffff:93.184.215.14", "::10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::5db8:d70e"),
    *("64:ff9b:1::a00:1", "2002:a00:1::1", "2001:0:a00:1::1", "2001:db8::1"),
    *("localhost", "", "10.0.0.1.example", "1"),
)
LOOPBACK = ("127.0.0.1", "127.1.2.3", "::1")


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_called(address: str) -> None:
    assert may_be_called(address, loopback=False)


@pytest.mark.parametrize("address", INSIDE)
@pytest.mark.parametrize("loopback", [False, True])
def test_no_other_may_and_a_developer_s_leave_opens_none_of_them(address: str, loopback: bool) -> None:
    assert not may_be_called(address, loopback=loopback)


@pytest.mark.parametrize("address", LOOPBACK)
def test_this_machine_may_only_where_it_is_allowed(address: str) -> None:
    assert not may_be_called(address, loopback=False)
    assert may_be_called(address, loopback=True)


class Names:
    """A name server that answers as a test says, each time with the next answer, the last for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    async def __call__(self, _host: str, _port: int) -> list[str]:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


class Listener:
    """Counts the connections that reach it, and answers what it is told."""

    def __init__(self, certificate: Path | None = None, status: int = 200, **headers: str) -> None:
        self.hosts: list[str] = []
        self.paths: list[str] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version: ClassVar[str] = "HTTP/1.1"  # type: ignore[misc]

            def do_POST(self) -> None:
                listener.hosts.append(self.headers["host"])
                listener.paths.append(self.path)
                self.rfile.read(int(self.headers["content-length"]))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


def post(receivers: Receivers, url: str) -> int:
    return asyncio.run(receivers.post(url, b"{}", {"content-type": "application/json"}))


def test_a_call_goes_to_the_address_that_was_checked_under_the_name_that_was_meant(listener: Listener) -> None:
    names = Names(["127.0.0.1"])
    receivers = Receivers(loopback=True, https_only=False, resolve=names)
    assert post(receivers, f"http://hook.example:{listener.port}/alerts?key=1") == 200
    assert listener.hosts == [f"hook.example:{listener.port}"]
    assert listener.paths == ["/alerts?key=1"]
    assert names.asked == 1, "looked up once, so there is no second answer to be given"


def test_a_name_that_turns_inwards_after_it_was_added_is_not_connected_to(listener: Listener) -> None:
    names = Names(["93.184.215.14"], ["127.0.0.1"])
    receivers = Receivers(loopback=False, https_only=False, resolve=names)
    url = f"http://hook.example:{listener.port}/"
    asyncio.run(receivers.check(url))
    with pytest.raises(RefusedAddressError):
        post(receivers, url)
    assert listener.hosts == []


def test_the_control_without_the_check_that_call_would_have_come_through(listener: Listener) -> None:
    receivers = Receivers(loopback=True, https_only=False, resolve=Names(["127.0.0.1"]))
    assert post(receivers, f"http://hook.example:{listener.port}/") == 200
    assert len(listener.hosts) == 1


@pytest.mark.parametrize(
    "addresses", [["93.184.215.14", "10.0.0.1"], ["10.0.0.1", "93.184.215.14"], ["169.254.169.254"], []]
)
def test_one_bad_address_is_enough_and_none_is_not(addresses: list[str]) -> None:
    receivers = Receivers(loopback=False, https_only=False, resolve=Names(addresses))
    with pytest.raises(RefusedAddressError):
        asyncio.run(receivers.check("https://hook.example/"))
    with pytest.raises(RefusedAddressError):
        post(receivers, "https://hook.example/")


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "017700000001", "127.1", "[::1]", "localhost"])
def test_this_machine_is_found_under_every_spelling(host: str, listener: Listener) -> None:
    with pytest.raises(RefusedAddressError):
        post(Receivers(loopback=False, https_only=False), f"http://{host}:{listener.port}/")
    assert listener.hosts == []


def test_a_name_that_is_none_has_no_addresses() -> None:
    assert asyncio.run(look_up("no-such-name.invalid", 443)) == []
    assert asyncio.run(look_up("a" * 70, 443)) == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status: int, listener: Listener) -> None:
    redirecting = Listener(status=status, location=f"http://127.0.0.1:{listener.port}/")
    try:
        receivers = Receivers(loopback=True, https_only=False, resolve=Names(["127.0.0.1"]))
        assert post(receivers, f"http://hook.example:{redirecting.port}/") == status
        assert listener.hosts == []
    finally:
        redirecting.close()


def test_an_answer_without_an_end_is_not_read(listener: Listener) -> None:
    endless = Listener(**{"content-length": str(10**12)})
    try:
        receivers = Receivers(loopback=True, https_only=False, resolve=Names(["127.0.0.1"]))
        assert post(receivers, f"http://hook.example:{endless.port}/") == 200
    finally:
        endless.close()


def test_in_production_only_https_is_called(listener: Listener) -> None:
    receivers = Receivers(loopback=True, https_only=True, resolve=Names(["127.0.0.1"]))
    for call in (
        lambda: asyncio.run(receivers.check("http://hook.example/")),
        lambda: post(receivers, "http://a.example/"),
    ):
        with pytest.raises(RefusedAddressError):
            call()


def test_who_does_not_listen_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        receivers = Receivers(loopback=True, https_only=False, resolve=Names(["127.0.0.1"]))
        with pytest.raises(UnreachableError):
            post(receivers, f"http://hook.example:{taken.getsockname()[1]}/")


def certificate_for(name: str, folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return path


def test_over_tls_the_certificate_must_be_the_name_s_although_the_address_was_chosen_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificate_for("hook.example", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    secure = Listener(certificate)
    try:
        receivers = Receivers(loopback=True, https_only=True, resolve=Names(["127.0.0.1"]))
        assert post(receivers, f"https://hook.example:{secure.port}/") == 200
        with pytest.raises(UnreachableError):
            post(receivers, f"https://other.example:{secure.port}/")
        assert secure.hosts == [f"hook.example:{secure.port}"]
    finally:
        secure.close()
