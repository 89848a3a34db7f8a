"""The installer of containers: keys once, each service its own, and a kong.yml that fits them."""

import json
from pathlib import Path

import pytest
import yaml

from local_stack.errors import StackError
from local_stack.install import change_key, install
from local_stack.keys import previous_key
from local_stack.layout import CALLEES, SERVICES, Layout
from service_kit.tokens import SigningKey

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


def signing_and_accepted(folder: Path) -> tuple[str, set[str]]:
    """The key that signs, and those that a service and the gateway accept."""
    signing = SigningKey.from_file(folder / "user_service" / "signing_key.pem").kid
    services = {key["kid"] for key in json.loads((folder / "score_service" / "jwks.json").read_text())["keys"]}
    kong = yaml.safe_load((folder / "gateway" / "kong.yml").read_text())
    assert {secret["key"] for secret in kong["consumers"][0]["jwt_secrets"]} == services
    return signing, services


def test_the_signing_key_changes_a_step_at_a_time(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "keys")
    seen = []
    for step in (None, "next", "sign", "retire-at-once"):
        if step:
            change_key(layout, step, {"ACCESS_TOKEN_EXPIRE_MINUTES": "60"})
        install(tmp_path, ENVIRONMENT)
        seen.append(signing_and_accepted(tmp_path))
        if step == "sign":
            with pytest.raises(StackError, match="are valid until"):
                change_key(layout, "retire", {})
            with pytest.raises(StackError, match="still accepted"):
                change_key(layout, "next", {})
    (old, _), (still, both), (new, all_of_them), (after, only) = seen
    assert old == still != new == after
    assert both == all_of_them == {old, new}
    assert only == {new}
    assert previous_key(layout) is None


@pytest.mark.parametrize(("step", "says"), [("sign", "no next key"), ("retire", "no old key")])
def test_a_step_out_of_turn_is_refused(tmp_path: Path, step: str, says: str) -> None:
    install(tmp_path, ENVIRONMENT)
    before = files(tmp_path)
    with pytest.raises(StackError, match=says):
        change_key(Layout(tmp_path / "keys"), step, {})
    assert files(tmp_path) == before
