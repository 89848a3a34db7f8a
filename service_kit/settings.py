"""Settings every service shares. A service subclasses `ServiceSettings`, names itself, and adds its own fields.

Values come from the environment, and outside production also from `<LOCAL_DIR>/<service>.env`, which `make up`
writes, so that a service started by hand finds its secrets. Secrets have no defaults.
"""

import os
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, IPvAnyNetwork, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from service_kit.encryption import cipher

ROOT = Path(__file__).resolve().parent.parent
PLACEHOLDERS = frozenset({"changeme", "change-me", "changethis", "placeholder", "secret", "password", "example"})

CommaSeparated = Annotated[tuple[str, ...], NoDecode]


class ServiceSettings(BaseSettings):
    """The settings common to all services; see .env.example for each one's meaning."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)
    service: ClassVar[str]
    # Whether this is the service that says which sessions ended, and so asks nobody.
    keeps_revocations: ClassVar[bool] = False

    environment: Literal["development", "production"] = "development"
    port_offset: int = 0
    database_url: SecretStr
    pool_size: int = Field(10, ge=1, le=100)
    statement_timeout_ms: int = Field(5_000, ge=100, le=60_000)
    body_bytes_max: int = Field(1_000_000, ge=1_000)

    algorithm: Literal["ES256", "HS256"] = "ES256"
    secret_key: SecretStr | None = None
    # A service with encrypted columns says `field_keys: SecretStr`, since it cannot do without.
    field_keys: SecretStr | None = None
    token_issuer: str = "accounts"  # noqa: S105 - a name, as is the next
    token_audience: str = "api"  # noqa: S105
    jwks_file: Path | None = None
    jwks_url: str | None = None
    service_key_file: Path | None = None
    caller_keys_file: Path | None = None
    user_service_url: str | None = None
    revocations_silent_max_s: float = Field(60, ge=5, le=60)

    allowed_origins: CommaSeparated = ()
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = ()
    # Honoured outside production only, and only for callers on this machine (auth.py).
    user_id_header: bool = False
    otel_exporter_otlp_endpoint: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - replaced below by the stack's own file
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        if os.environ.get("ENVIRONMENT") == "production":
            return init_settings, env_settings
        folder = Path(os.environ.get("LOCAL_DIR", ROOT / ".local"))
        local_file = DotEnvSettingsSource(settings_cls, env_file=folder / f"{cls.service}.env")
        return init_settings, env_settings, local_file

    @field_validator("allowed_origins", "trusted_proxies", mode="before")
    @classmethod
    def split_commas(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("field_keys")
    @classmethod
    def check_field_keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            cipher(value)
        return value

    @model_validator(mode="after")
    def refuse_what_is_unsafe(self) -> Self:
        if self.algorithm == "HS256":
            if self.environment == "production":
                raise ValueError("ALGORITHM=HS256 is for development only")
            if self.secret_key is None or len(self.secret_key.get_secret_value()) < 32:
                raise ValueError("ALGORITHM=HS256 needs a SECRET_KEY of at least 32 characters")
        if self.environment == "production":
            self._refuse_placeholders()
            if not self.keeps_revocations and None in (self.user_service_url, self.service_key_file):
                raise ValueError("USER_SERVICE_URL and SERVICE_KEY_FILE are needed to hear of sessions that ended")
        return self

    def _refuse_placeholders(self) -> None:
        for name in type(self).model_fields:
            value = getattr(self, name)
            if not isinstance(value, SecretStr):
                continue
            text = value.get_secret_value().lower()
            if text in PLACEHOLDERS or any(f":{word}@" in text for word in PLACEHOLDERS):
                raise ValueError(f"{name.upper()} still holds a placeholder")

    @property
    def production(self) -> bool:
        return self.environment == "production"
