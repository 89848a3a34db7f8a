"""Write the next migration of a service from the difference between its models and a scratch database.

`python tools/make_migration.py profile_service "add consents"`; the service's database URL must name an empty database
(`PROFILE_DATABASE_URL`), which is first brought to the newest revision. Read what it wrote before you commit it.
"""

import importlib
import os
import shutil
import sys
from pathlib import Path

from alembic import command

from service_kit.database import driver_url
from service_kit.migrations import alembic_config

TEMPLATE = Path(__file__).with_name("script.py.mako")


def main(service: str, message: str) -> None:
    variable = f"{service.removesuffix('_service').upper()}_DATABASE_URL"
    if not (Path(service) / "migrations").is_dir() or variable not in os.environ:
        sys.exit(f"Name a service and an empty database: {variable}=... make migration SERVICE=... MESSAGE=...")
    url = driver_url(os.environ[variable], "psycopg2")
    importlib.import_module(f"{service}.models")
    config = alembic_config(service, url)
    command.upgrade(config, "head")
    versions = Path(service) / "migrations" / "versions"
    number = len(list(versions.glob("[0-9]*.py"))) + 1
    # Alembic looks for the template beside env.py; one copy in tools/ serves all services.
    template = versions.parent / TEMPLATE.name
    shutil.copy(TEMPLATE, template)
    try:
        command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")
    finally:
        template.unlink()


if __name__ == "__main__":
    main(*sys.argv[1:])
