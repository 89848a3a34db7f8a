"""Write the secrets that docker compose asks for into .env: `make env`. What has a value there is kept.

A secret is what a compose file marks with `:?run make env`, so one that is added there needs nothing here.
"""

import base64
import re
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPOSE_FILES = ("docker-compose.yml", "deploy/services.yml")
MARKED = re.compile(r"\$\{([A-Z0-9_]+):\?run make env\}")


def asked_for() -> list[str]:
    texts = [(ROOT / name).read_text() for name in COMPOSE_FILES]
    return sorted({name for text in texts for name in MARKED.findall(text)})


def make(name: str) -> str:
    if name.endswith("_FIELD_KEYS"):
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_hex(32)


def complete(file: Path) -> list[str]:
    """Add what is missing, and say what that was."""
    text = file.read_text() if file.exists() else ""
    present = set(re.findall(r"^([A-Z0-9_]+)=\S", text, re.MULTILINE))
    missing = [name for name in asked_for() if name not in present]
    file.touch(mode=0o600)
    with file.open("a") as end:
        end.writelines(f"{name}={make(name)}\n" for name in missing)
    return missing


def main() -> None:
    file = Path(sys.argv[1]) if sys.argv[1:] else ROOT / ".env"
    made = complete(file)
    print(f"{file.name}: made {', '.join(made)}" if made else f"{file.name} has every secret.")


if __name__ == "__main__":
    main()
