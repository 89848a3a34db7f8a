"""The system that `make test-compose` gives, to each file of tests."""

from collections.abc import Iterator

import pytest

from tests.support.compose import Compose, ComposeStack


@pytest.fixture(scope="module")
def compose() -> Compose:
    return Compose.given()


@pytest.fixture(scope="module")
def system(compose: Compose) -> Iterator[ComposeStack]:
    system = ComposeStack(compose)
    yield system
    system.leave()
