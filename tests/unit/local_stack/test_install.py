"""The installer of containers: keys once, each service its own, and a kong.yml that fits them."""

import json
from pathlib import Path

import pytest
import yaml

from local_stack.errors import StackError
from local_stack.install import install
from local_stack.layout import CALLEES, SERVICES

ENVIRONMENT = {"ENVIRONMENT": "production", "ALLOWED_ORIGINS": "https://a.example.com, https://b.example.com"}


def files(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


def test_a_service_is_handed_its_own_files_and_one_of_them_signs(tmp_path: Path) -> None:
    install(tmp_path, ENVIRONMENT)
    for service in SERVICES:
        signs = {"signing_key.pem"} if service == "user_service" else set()
        assert set(files(tmp_path / service)) == {"service_key.pem", "callers.json", "jwks.json"} | signs
        callers = {caller for caller, callees in CALLEES.items() if service in callees}
        assert set(json.loads((tmp_path / service / "callers.json").read_text())) == callers
    private = [(tmp_path / service / "service_key.pem").read_text() for service in SERVICES]
    assert len(set(private)) == len(SERVICES)
    assert all(oct(file.stat().st_mode)[-3:] == "600" for file in (tmp_path / "user_service").iterdir())


def test_a_second_run_keeps_every_key(tmp_path: Path) -> None:
    install(tmp_path, ENVIRONMENT)
    first = files(tmp_path)
    install(tmp_path, ENVIRONMENT)
    assert files(tmp_path) == first


def test_the_gateway_gets_public_keys_pages_and_addresses(tmp_path: Path) -> None:
    install(tmp_path, ENVIRONMENT, ["user_service=user-service:8002"])
    text = (tmp_path / "gateway" / "kong.yml").read_text()
    document = yaml.safe_load(text)
    kids = {key["kid"] for key in json.loads((tmp_path / "user_service" / "jwks.json").read_text())["keys"]}
    assert {secret["key"] for secret in document["consumers"][0]["jwt_secrets"]} == kids
    assert "PRIVATE" not in text
    (origins,) = [plugin["config"]["origins"] for plugin in document["plugins"] if plugin["name"] == "cors"]
    assert origins == ["https://a.example.com", "https://b.example.com"]
    assert {service["host"] for service in document["services"]} >= {"user-service", "score_service"}


@pytest.mark.parametrize(
    ("change", "says"),
    [({"ALLOWED_ORIGINS": "https://a.example.com"}, "two pages"), ({"RATE_LIMIT_FACTOR": "5"}, "must be 1")],
)
def test_what_may_not_be_is_refused(tmp_path: Path, change: dict[str, str], says: str) -> None:
    with pytest.raises(StackError, match=says):
        install(tmp_path, {**ENVIRONMENT, **change})
    assert not (tmp_path / "gateway" / "kong.yml").exists()
