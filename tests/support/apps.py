"""The five applications as objects, for tests that read their routes and documents without serving them."""

import importlib
import os
from unittest.mock import patch

from fastapi import FastAPI

from tests.support.callers import Keys
from tests.support.services import service_env


def load_app(name: str, keys: Keys) -> FastAPI:
    """Import a service's `main` with the settings of a test. Nothing connects before the application is started."""
    with patch.dict(os.environ, service_env(name, keys, "postgresql://nobody@127.0.0.1/none", {}), clear=True):
        app = importlib.import_module(f"{name}.main").app
    assert isinstance(app, FastAPI)
    return app
