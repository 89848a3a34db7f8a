"""Runs of schemathesis over a contract, and what came back from its requests."""

import json
import os
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.security.belongings import Place
from tests.security.campaign import FULL
from tests.security.operations import CONTRACTS, operations
from tests.security.supplier import supplier
from tests.support.services import ROOT

PROGRAM = ROOT / os.environ.get("TOOLS", ".tools") / "fuzzing" / "bin" / "schemathesis"
OWN = Path(__file__).parent
BUDGET_S = 480 if FULL else 10
EXAMPLES = 300 if FULL else 10
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,noted"


@dataclass
class Answers:
    """How often each operation was asked, and how often it answered with a 2xx, by how the request came about."""

    asked: Counter[str] = field(default_factory=Counter)
    served: dict[str, Counter[str]] = field(default_factory=dict)
    slowest: tuple[float, str] = (0, "")

    def read(self, file: Path) -> None:
        """What `fuzz_hooks.py` has written."""
        lines = file.read_text().splitlines()
        file.unlink()
        for line in lines:
            method, path, kind, status, seconds = line.split()
            label = f"{method} {path}"
            self.asked[label] += 1
            self.served.setdefault(label, Counter()).update([kind] if status.startswith("2") else [])
            self.slowest = max(self.slowest, (float(seconds), label))

    @property
    def reached(self) -> set[str]:
        return {label for label, kinds in self.served.items() if kinds}

    def __str__(self) -> str:
        lines = [f"{label}: {n} requests, with a 2xx {dict(self.served[label])}" for label, n in self.asked.items()]
        return "\n".join([*sorted(lines), f"slowest: {self.slowest[1]} after {self.slowest[0]} s"])


def contract_of(service: str) -> dict[str, Any]:
    """As committed, but with our word for who may ask in place of its own: `fuzz_hooks.py` sees to the tokens."""
    document: dict[str, Any] = json.loads((CONTRACTS / f"{service}.json").read_text())
    for each in operations(service):
        operation = document["paths"][each.path][each.method.lower()]
        operation["x-audience"] = each.audience
        operation.pop("security", None)
    return document


@dataclass
class Fuzzer:
    """Asks at a place, with a token where none is living. What it was answered in all runs is in `answers`."""

    place: Place
    url: str
    token: str
    folder: Path
    answers: Answers = field(default_factory=Answers)

    def run(self, contract: dict[str, Any], *options: object) -> dict[str, Any]:
        """The report of a run, what it found among it."""
        (self.folder / "contract.json").write_text(json.dumps(contract))
        command = [
            PROGRAM, "--config-file", OWN / "schemathesis.toml", "run", "contract.json", "--url", self.url,
            "--checks", CHECKS, "--seed", 8, "--no-shrink", "--continue-on-failure", "--warnings", "off",
            "--generation-database", "none", "--report-json-path", "report.json", *options,
        ]  # fmt: skip
        with supplier(self.place) as living:
            own = {"SCHEMATHESIS_HOOKS": str(OWN / "fuzz_hooks.py"), "SUPPLIER": living, "BEARER": self.token}
            own["INSIDE"] = self.place.service.base_url
            ran = subprocess.run(
                list(map(str, command)), cwd=self.folder, env={**os.environ, **own}, capture_output=True, text=True,
                check=False, timeout=BUDGET_S + 900,
            )  # fmt: skip
        print(ran.stdout, ran.stderr)  # noqa: T201 - shown when a test fails
        self.answers.read(self.folder / "answers.txt")
        found: dict[str, Any] = json.loads((self.folder / "report.json").read_text())
        return found
