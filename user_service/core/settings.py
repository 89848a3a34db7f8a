"""Settings of the user service."""

import os
from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from service_kit.mail import MailSettings
from service_kit.tokens import PERSON_TOKEN_LIFE_MAX_S

REFRESH_KEY_BYTES_MIN = 32
# The weakest argon2id setting of OWASP's list (7 MiB, 5 passes), as memory times passes.
ARGON2_WORK_MIN = 7_168 * 5


class Settings(MailSettings):
    service: ClassVar[str] = "user_service"
    keeps_revocations: ClassVar[bool] = True

    database_url: SecretStr = Field(validation_alias="USER_DATABASE_URL")
    signing_key_file: Path | None = None
    refresh_key: SecretStr
    rp_id: str = "localhost"
    field_keys: SecretStr
    audit_heads_file: Path | None = None
    app_url: str = Field(pattern=r"^https?://[^/?#\s]+(/[^?#\s]*)?$")
    profile_service_url: str
    alert_service_url: str
    survey_service_url: str
    score_service_url: str
    access_token_expire_minutes: int = Field(15, ge=1, le=PERSON_TOKEN_LIFE_MAX_S // 60)
    refresh_token_expire_days: int = Field(30, ge=1, le=90)

    argon2_memory_kib: int = Field(19_456, ge=8, le=1_048_576)
    argon2_rounds: int = Field(2, ge=1, le=100)
    hashing_threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=256)
    hashing_queue_max: int = Field(100, ge=1, le=10_000)

    @field_validator("refresh_key")
    @classmethod
    def check_refresh_key(cls, value: SecretStr) -> SecretStr:
        if len(bytes.fromhex(value.get_secret_value())) < REFRESH_KEY_BYTES_MIN:
            raise ValueError(f"must be at least {REFRESH_KEY_BYTES_MIN} bytes in hexadecimal")
        return value

    @model_validator(mode="after")
    def refuse_what_cannot_sign(self) -> Self:
        if self.algorithm == "ES256" and self.signing_key_file is None:
            raise ValueError("ALGORITHM=ES256 needs a SIGNING_KEY_FILE")
        if self.production and not self.app_url.startswith("https://"):
            raise ValueError("APP_URL must be an https address in production: codes travel in its links")
        if self.production and self.argon2_memory_kib * self.argon2_rounds < ARGON2_WORK_MIN:
            raise ValueError("ARGON2_MEMORY_KIB and ARGON2_ROUNDS are too low for production")
        if self.production and self.audit_heads_file is None:
            raise ValueError("AUDIT_HEADS_FILE is needed, or a cut audit log would not show")
        if self.audit_heads_file is not None and self.service_key_file is None:
            raise ValueError("AUDIT_HEADS_FILE needs the SERVICE_KEY_FILE that signs what is written there")
        return self
