"""The folder of one test run, which all its workers share."""

import os
from pathlib import Path

RUN_DIR = "TEST_RUN_DIR"


def run_dir() -> Path:
    return Path(os.environ[RUN_DIR])
