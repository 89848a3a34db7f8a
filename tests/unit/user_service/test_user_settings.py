"""What the user service refuses to start with."""

from typing import Any

import pytest
from pydantic import ValidationError

from user_service.core.settings import Settings

GOOD = {
    "USER_DATABASE_URL": "postgresql://somebody@127.0.0.1/users",
    "refresh_key": "ab" * 32,
    "field_keys": "A" * 43 + "=",
    "signing_key_file": "people.pem",
    "app_url": "https://app.example.com",
    "alert_service_url": "http://alerts:8004",
    "smtp_url": "smtp://127.0.0.1",
    "mail_from": "no-reply@example.com",
    **{f"{name}_service_url": "http://localhost" for name in ("profile", "alert", "survey", "score")},
}


@pytest.fixture(autouse=True)
def only_what_is_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    for name in (
        "REFRESH_KEY",
        "SIGNING_KEY_FILE",
        "SMTP_URL",
        "MAIL_FROM",
        "USER_DATABASE_URL",
        "ENVIRONMENT",
        "ALGORITHM",
    ):
        monkeypatch.delenv(name, raising=False)


def settings(**changes: Any) -> Settings:
    given = {**GOOD, **changes}
    return Settings(**{name: value for name, value in given.items() if value is not None})


def test_the_audit_log_s_heads_need_a_file_in_production_and_a_key_anywhere() -> None:
    production = {"environment": "production", "service_key_file": "service.pem"}
    assert settings(**production, audit_heads_file="heads").production
    with pytest.raises(ValidationError, match="AUDIT_HEADS_FILE is needed"):
        settings(**production)
    with pytest.raises(ValidationError, match="needs the SERVICE_KEY_FILE"):
        settings(audit_heads_file="heads")


def test_the_defaults_are_what_is_promised() -> None:
    made = settings()
    assert (made.access_token_expire_minutes, made.refresh_token_expire_days) == (15, 30)
    assert (made.argon2_memory_kib, made.argon2_rounds) == (19_456, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"refresh_key": None},
        {"app_url": None},
        {"app_url": "app.example.com"},
        {"app_url": "javascript:alert(1)//"},
        {"app_url": "https://app.example.com/?next="},
        {"alert_service_url": None},
        {"smtp_url": None},
        {"mail_from": None},
        {"refresh_key": "ab" * 31},
        {"refresh_key": "not hexadecimal at all, but long enough to be so"},
        {"signing_key_file": None},
        {"algorithm": "HS256"},
        {"access_token_expire_minutes": 0},
        {"environment": "production", "argon2_memory_kib": 1024},
        {"environment": "production", "algorithm": "HS256", "secret_key": "s" * 32},
    ],
)
def test_what_is_missing_or_weak_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**change)


def test_development_may_do_without_a_signing_key() -> None:
    assert settings(algorithm="HS256", secret_key="s" * 32, signing_key_file=None).signing_key_file is None
