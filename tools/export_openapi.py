"""Write the OpenAPI document of each service to contracts/openapi/, or to the folder named.

A test fails when the committed ones differ from the code.
"""

import base64
import importlib
import json
import os
import sys
import tempfile
from pathlib import Path

from service_kit.app import openapi_document

SERVICES = ("user_service", "profile_service", "alert_service", "survey_service", "score_service")
CONTRACTS = Path(__file__).resolve().parent.parent / "contracts" / "openapi"


def document_text(service: str) -> str:
    app = importlib.import_module(f"{service}.main").app
    return json.dumps(openapi_document(app), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main(folder: Path = CONTRACTS) -> None:
    # The documents do not depend on settings; these only let the applications be built, and no stack's are read.
    os.environ["LOCAL_DIR"] = tempfile.gettempdir()
    field_key = base64.urlsafe_b64encode(bytes(32)).decode()
    os.environ.update(REFRESH_KEY="00" * 32, FIELD_KEYS=field_key, SIGNING_KEY_FILE="/none")
    os.environ.update(SMTP_URL="smtp://localhost", MAIL_FROM="no-reply@example.com", APP_URL="http://localhost")
    for service in SERVICES:
        os.environ[f"{service.removesuffix('_service').upper()}_DATABASE_URL"] = "postgresql://nobody@localhost/none"
        os.environ[f"{service.upper()}_URL"] = "http://localhost"
    for service in SERVICES:
        (folder / f"{service}.json").write_text(document_text(service))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
