"""`python -m tools.supply_chain BIN`: what comes from others, and what must not leave.

Known holes of the pinned packages (pip-audit), their licences (pip-licenses), secrets in the files of git
(detect-secrets), and the list of what is inside, as CycloneDX. BIN is the folder with these tools. A database that is
out of reach has failed: what could not be asked is not taken for clean.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BILL = ROOT / ".tools" / "sbom.cdx.json"

# Holes that are known and do not reach us: their id, and why.
ACCEPTED_HOLES: dict[str, str] = {
    "CVE-2024-23342": "ecdsa's timing leak: python-jose runs on its cryptography backend, and no key passes ecdsa",
}
# Of a licence's text any one of these; everything else is looked at by a person and named below.
LICENCES = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Zlib|CNRI|Unlicense|0BSD|OFL", re.IGNORECASE
)
ACCEPTED_LICENCES = {
    "psycopg2-binary": "LGPL with exceptions: used as a library, unchanged",
    "fpdf2": "LGPL: used as a library, unchanged",
}
# Findings that are no secrets: where (the start of a path), what kind, and why.
NO_SECRETS = (
    ("tests/", "Secret Keyword", "passwords that tests make up"),
    ("tests/", "Basic Auth Credentials", "addresses of servers that do not exist"),
    ("tests/", "Base64 High Entropy String", "tokens made to be refused"),
    ("tests/", "Hex High Entropy String", "hashes that are compared with"),
    (".env.example", "Basic Auth Credentials", "placeholders, which production refuses"),
    ("README.md", "Secret Keyword", "the tour's made-up password"),
    ("contracts/", "Base64 High Entropy String", "an example of a token's shape"),
    ("user_service/schemas/", "Base64 High Entropy String", "the same example, where it is written"),
    ("user_service/domain/", "Secret Keyword", "names of events and of mails"),
    ("alert_service/domain/kinds.py", "Secret Keyword", "names of alerts"),
    ("deploy/helm/credit-score/templates/", "Secret Keyword", "names of Secrets"),
    ("docker-compose.prod.yml", "Basic Auth Credentials", "the shape of an address, told to who left it out"),
    ("score_service/scorecards/", "Hex High Entropy String", "the hash of the data a scorecard learned from"),
)


def holes(tools: Path) -> Iterator[str]:
    """What is known of the pinned packages; or that nobody could be asked."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as pinned:
        pinned.write("".join(f"{line}\n" for line in requirements()))
        pinned.flush()
        # --strict: a package that could not be looked up fails, where it would only be skipped.
        options = ["--strict", "--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json"]
        done = run(tools / "pip-audit", *options, "--requirement", pinned.name)
    if not done.stdout.strip():
        said = done.stderr.strip().splitlines()[-1].rpartition("ERROR:pip_audit._cli:")[2]
        yield f"the audit could not be made: the database of known holes, PyPI's, gave no answer ({said})"
        return
    for package in json.loads(done.stdout)["dependencies"]:
        for hole in package.get("vulns", []):
            if not {hole["id"], *hole["aliases"]} & set(ACCEPTED_HOLES):
                fixed = ", ".join(hole["fix_versions"]) or "no version"
                yield f"{package['name']} {package['version']}: {hole['id']}, fixed in {fixed}"


def licences(tools: Path) -> Iterator[str]:
    names = [re.split(r"[=\[ ;]", line)[0] for line in requirements()]
    interpreter = f"--python={ROOT / '.venv' / 'bin' / 'python'}"
    done = run(tools / "pip-licenses", interpreter, "--from=mixed", "--format=json", "--packages", *names)
    for package in json.loads(done.stdout):
        name, licence = package["Name"], package["License"]
        if not LICENCES.search(licence) and name not in ACCEPTED_LICENCES:
            yield f"{name} is under {licence[:60]!r}"


def secrets(tools: Path) -> Iterator[str]:
    for file, found in json.loads(run(tools / "detect-secrets", "scan").stdout)["results"].items():
        for each in found:
            if not any(file.startswith(where) and each["type"] == kind for where, kind, _ in NO_SECRETS):
                yield f"{file}:{each['line_number']}: {each['type']}"


def bill(tools: Path) -> Iterator[str]:
    BILL.parent.mkdir(exist_ok=True)
    options = ["--output-reproducible", "--pyproject=pyproject.toml", f"--output-file={BILL}"]
    done = run(tools / "cyclonedx-py", "requirements", *options, "requirements.txt")
    if done.returncode != 0:
        yield done.stderr.strip()


CHECKS: dict[str, Callable[[Path], Iterator[str]]] = {
    "known holes": holes, "licences": licences, "secrets": secrets, "bill of materials": bill,
}  # fmt: skip


def requirements() -> list[str]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-e"))]


def run(program: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(program), *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=900)


def main(tools: Path) -> int:
    failed = False
    for name, check in CHECKS.items():
        found = list(check(tools))
        print(f"{name}: {'nothing new' if not found else f'{len(found)} to look at'}", flush=True)
        for each in found:
            print(f"  {each}")
        failed |= bool(found)
    print(
        f"accepted: {len(ACCEPTED_HOLES)} holes, {len(ACCEPTED_LICENCES)} licences, {len(NO_SECRETS)} kinds of finding;"
    )
    print(f"their reasons are in tools/supply_chain.py. What is inside: {BILL.relative_to(ROOT)}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
