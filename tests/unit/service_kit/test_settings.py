"""Secrets have no defaults, placeholders stop a production start, the stack's file is for development."""

from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import Field, SecretStr, ValidationError

from service_kit.settings import ServiceSettings

PRODUCTION = {"ENVIRONMENT": "production", "USER_SERVICE_URL": "http://users:8002", "SERVICE_KEY_FILE": "some.pem"}


class Settings(ServiceSettings):
    service: ClassVar[str] = "some_service"
    database_url: SecretStr = Field(validation_alias="SOME_DATABASE_URL")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.setenv("SOME_DATABASE_URL", "postgresql://some:7f3a@db/some")
    for name in ("ENVIRONMENT", "SECRET_KEY", "ALGORITHM", "ALLOWED_ORIGINS", "JWKS_FILE", "USER_SERVICE_URL",
                 "SERVICE_KEY_FILE"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_a_missing_database_url_is_an_error(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("SOME_DATABASE_URL")
    with pytest.raises(ValidationError, match="SOME_DATABASE_URL"):
        Settings()


def test_lists_are_comma_separated(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ALLOWED_ORIGINS", "http://localhost:3000, http://localhost:5173,")
    assert Settings().allowed_origins == ("http://localhost:3000", "http://localhost:5173")


def test_a_proxy_that_is_no_network_is_an_error(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TRUSTED_PROXIES", "the gateway")
    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize("production", [True, False])
def test_the_stack_s_file_is_read_outside_production_only(
    environment: pytest.MonkeyPatch, tmp_path: Path, production: bool
) -> None:
    (tmp_path / "some_service.env").write_text("JWKS_FILE=/somewhere/jwks.json\n")
    if production:
        for name, value in PRODUCTION.items():
            environment.setenv(name, value)
    assert (Settings().jwks_file is None) == production


def test_the_environment_wins_over_the_stack_s_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "some_service.env").write_text("JWKS_FILE=/from/the/file\n")
    environment.setenv("JWKS_FILE", "/from/the/environment")
    assert Settings().jwks_file == Path("/from/the/environment")


@pytest.mark.parametrize("password", ["changeme", "password", "secret"])
def test_a_placeholder_stops_a_production_start_and_only_that(environment: pytest.MonkeyPatch, password: str) -> None:
    environment.setenv("SOME_DATABASE_URL", f"postgresql://some:{password}@db/some")
    Settings()
    environment.setenv("ENVIRONMENT", "production")
    with pytest.raises(ValidationError, match="placeholder"):
        Settings()


def test_production_must_hear_of_sessions_that_ended(environment: pytest.MonkeyPatch) -> None:
    assert Settings().user_service_url is None
    environment.setenv("ENVIRONMENT", "production")
    environment.setenv("USER_SERVICE_URL", "http://users:8002")
    with pytest.raises(ValidationError, match="SERVICE_KEY_FILE"):
        Settings()
    environment.setenv("SERVICE_KEY_FILE", "/keys/some_service.pem")
    assert Settings().production


def test_hs256_is_for_development_and_needs_a_long_secret(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ALGORITHM", "HS256")
    with pytest.raises(ValidationError, match="SECRET_KEY"):
        Settings()
    environment.setenv("SECRET_KEY", "x" * 32)
    assert Settings().algorithm == "HS256"
    environment.setenv("ENVIRONMENT", "production")
    with pytest.raises(ValidationError, match="development only"):
        Settings()


def test_a_secret_does_not_show_in_its_settings_text(environment: pytest.MonkeyPatch) -> None:
    assert "7f3a" not in repr(Settings())
