"""Compile requirements*.txt from their .in files with uv, for Python 3.11 and newer on every platform.

A pin stays as it is unless something forces another; `--upgrade` takes the newest of everything.
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

NOTE = "# Compiled by `make requirements` from {}; pinned without hashes, since pip refuses them beside -e.\n"
EDITABLE = "-e .\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        tools = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin")
        subprocess.run([tools / "python", "-m", "pip", "install", "--quiet", "uv"], check=True)
        for source in (Path("requirements.in"), Path("requirements-dev.in")):
            target, pins = source.with_suffix(".txt"), Path(folder) / "pins.txt"
            pins.write_text(target.read_text().removesuffix(EDITABLE))
            options = ["--python-version", "3.11", "--universal", "--quiet", "--no-header", "--no-annotate"]
            command = [tools / "uv", "pip", "compile", *options, *sys.argv[1:], "--output-file", pins, source]
            subprocess.run(command, check=True)
            target.write_text(NOTE.format(source) + pins.read_text() + EDITABLE)


if __name__ == "__main__":
    main()
