"""`python -m local_stack COMMAND`: what the Makefile's targets for the embedded stack call."""

import sys

PYTHON_MIN = (3, 11)
PLATFORMS = ("linux", "darwin")


def run() -> int:
    """Answer in a sentence where this machine or a half-made installation would answer with a traceback."""
    if sys.version_info < PYTHON_MIN or sys.platform not in PLATFORMS:
        return refuse("The embedded stack needs Python 3.11 or newer, on Linux or macOS; elsewhere use docker compose.")
    try:
        from local_stack.commands import main  # noqa: PLC0415 - what it imports may be missing
    except ModuleNotFoundError as error:
        return refuse(f"The module {error.name} is missing: remove .venv and run make up again.")
    return main()


def refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(run())
