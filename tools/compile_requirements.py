"""Compile requirements*.txt from their .in files with uv, for Python 3.11 and newer on every platform."""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

NOTE = "# Compiled by `make requirements` from {}; pinned without hashes, since pip refuses them beside -e.\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        tools = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin")
        subprocess.run([tools / "python", "-m", "pip", "install", "--quiet", "uv"], check=True)
        for source in (Path("requirements.in"), Path("requirements-dev.in")):
            options = ["--python-version", "3.11", "--universal", "--quiet", "--no-header", "--no-annotate"]
            compile_ = [tools / "uv", "pip", "compile", *options, str(source)]
            pins = subprocess.run(compile_, check=True, capture_output=True, text=True).stdout
            source.with_suffix(".txt").write_text(NOTE.format(source) + pins + "-e .\n")


if __name__ == "__main__":
    main()
