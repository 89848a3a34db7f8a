"""The settings of each service, written to `<service>.env` in the stack's folder."""

from local_stack.files import write_private
from local_stack.keys import SIGNING_KEY, callers_file, field_keys_of, key_file
from local_stack.layout import CALLEES, ENCRYPTING, SERVICES, Layout

ACCESS_TOKEN_MINUTES = 15


def write_env_files(layout: Layout, secrets: dict[str, str]) -> None:
    for service in SERVICES:
        lines = [f"{name}={value}" for name, value in _settings(layout, service, secrets).items()]
        write_private(layout.env_file(service), "\n".join(lines) + "\n")


def database_url(layout: Layout, service: str, secrets: dict[str, str]) -> str:
    return f"postgresql://{service}:{secrets[service]}@127.0.0.1:{layout.port('postgres')}/{database(service)}"


def database(service: str) -> str:
    return service.replace("_service", "_db")


def _settings(layout: Layout, service: str, secrets: dict[str, str]) -> dict[str, object]:
    return {
        "ENVIRONMENT": "development",
        "PORT_OFFSET": layout.port_offset,
        f"{service.removesuffix('_service').upper()}_DATABASE_URL": database_url(layout, service, secrets),
        "ALGORITHM": "ES256",
        "ACCESS_TOKEN_EXPIRE_MINUTES": ACCESS_TOKEN_MINUTES,
        "JWKS_FILE": layout.folder / "jwks.json",
        "JWKS_URL": f"{layout.url('user_service')}/.well-known/jwks.json",
        "ALLOWED_ORIGINS": ",".join(layout.origins),
        "OTEL_EXPORTER_OTLP_ENDPOINT": layout.wishes().get("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
        "TRUSTED_PROXIES": "127.0.0.1",
        "USER_SERVICE_URL": layout.url("user_service"),
        **{f"{callee.upper()}_URL": layout.url(callee) for callee in CALLEES[service]},
        "SERVICE_KEY_FILE": key_file(layout, service),
        "CALLER_KEYS_FILE": callers_file(layout, service),
        **({"FIELD_KEYS": secrets[field_keys_of(service)]} if service in ENCRYPTING else {}),
        **_particular(layout, service, secrets),
    }


def _particular(layout: Layout, service: str, secrets: dict[str, str]) -> dict[str, object]:
    match service:
        case "user_service":
            return {
                "SIGNING_KEY_FILE": key_file(layout, SIGNING_KEY),
                "REFRESH_KEY": secrets["refresh_key"],
                "AUDIT_HEADS_FILE": layout.folder / "audit-heads",
                "APP_URL": layout.app_url,
                **_mail(layout),
            }
        case "alert_service":
            return _mail(layout)
        case "profile_service":
            return {"USER_ID_HEADER": "true"}
        case _:
            return {}


def _mail(layout: Layout) -> dict[str, object]:
    return {
        "SMTP_URL": f"smtp://127.0.0.1:{layout.port('mailbox')}",
        "MAIL_FROM": "Credit Score <no-reply@example.com>",
    }
