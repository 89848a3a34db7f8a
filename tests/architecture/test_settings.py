"""Every setting is named once, in .env.example, with a sentence."""

import importlib
import re

import pytest

from service_kit.settings import ServiceSettings
from tests.support.callers import SERVICES
from tests.support.deployment import compose_variables
from tests.support.services import ROOT

NAMED = set(re.findall(r"^([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
# Read by the embedded stack, the gateway's render step and the compose files, not by a service.
OF_THE_STACK = {"RATE_LIMIT_FACTOR"} | compose_variables()


def settings_of(service: str) -> set[str]:
    settings: type[ServiceSettings] = importlib.import_module(f"{service}.core.settings").Settings
    return {str(field.validation_alias or name).upper() for name, field in settings.model_fields.items()}


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_of_a_service_is_in_the_example(service: str) -> None:
    assert settings_of(service) - NAMED == set()


def test_the_example_names_nothing_that_is_not_read() -> None:
    read = set().union(*(settings_of(service) for service in SERVICES))
    neighbours = {name for name in NAMED if name.endswith("_SERVICE_URL")}
    assert NAMED - read - OF_THE_STACK - neighbours == set()


def test_every_variable_of_the_compose_files_is_in_the_example() -> None:
    assert compose_variables() - NAMED == set()
