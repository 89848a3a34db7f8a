"""A rendered kong.yml to start from, and how to change one place of it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from local_stack import render
from local_stack.keys import new_key
from local_stack.layout import PORTS, SERVICES
from service_kit.tokens import Jwk, public_jwk_of

ORIGINS = ["http://localhost:3000", "http://127.0.0.1:3000"]


@pytest.fixture(scope="session")
def public_key() -> Jwk:
    return public_jwk_of(new_key())


@pytest.fixture(scope="session")
def installation(public_key: Jwk) -> render.Installation:
    upstreams = {service: ("127.0.0.1", PORTS[service]) for service in SERVICES}
    return render.Installation([public_key], upstreams, ORIGINS)


@pytest.fixture(scope="session")
def rendered(installation: render.Installation) -> dict[str, Any]:
    return render.render(installation)


@pytest.fixture
def changed(rendered: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """`changed("plugins.cors.config", max_age=5)`: the file with that place's fields set; None takes a field away."""

    def change(place: str, **fields: Any) -> dict[str, Any]:
        document = copy.deepcopy(rendered)
        here = find(document, place)
        for name, value in fields.items():
            here[name] = value
            if value is None:
                del here[name]
        return document

    return change


def find(document: Any, place: str) -> Any:
    """Steps of `place` are keys, or the names of what stands in a list."""
    here = document
    for step in filter(None, place.split(".")):
        here = next(item for item in here if step in named(item)) if isinstance(here, list) else here[step]
    return here


def named(item: dict[str, Any]) -> set[Any]:
    return {item.get("name"), item.get("username"), item.get("key")}
