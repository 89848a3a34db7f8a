"""The README's commands work as printed."""

import json
import re
import subprocess

from tests.support.services import ROOT
from tests.support.stack import Stack

README = (ROOT / "README.md").read_text()


def block_after(heading: str) -> str:
    found = re.search(rf"^## {re.escape(heading)}\n.*?```bash\n(.*?)```", README, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def documents(text: str) -> list[object]:
    """The JSON documents that stand one behind the other in a text."""
    found, decoder, place = [], json.JSONDecoder(), 0
    while place < len(text.rstrip()):
        document, place = decoder.raw_decode(text, place)
        found.append(document)
    return found


def test_the_tour_works_as_printed(stack: Stack) -> None:
    tour = block_after("A five-minute tour").replace("localhost:8000", f"localhost:{stack.layout.port('gateway')}")
    done = subprocess.run(["bash", "-eu", "-c", tour], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    answers = documents(done.stdout)
    assert [answer for answer in answers if isinstance(answer, dict) and "code" in answer] == []
    user, profile, questions, score, factors, simulated, alerts = answers
    assert isinstance(user, dict)
    assert isinstance(profile, dict)
    assert isinstance(score, dict)
    assert isinstance(factors, dict)
    assert isinstance(simulated, dict)
    assert isinstance(questions, list)
    assert user["email"] == "an@example.com"
    assert profile["phone_e164"] == "+84912345678"
    assert len(questions) >= 18
    assert 300 <= score["current_score"] <= simulated["score"] <= 850
    assert factors["reasons"]
    assert isinstance(alerts, list)
    assert [alert["kind"] for alert in alerts].count("first_score") == 1


def test_every_link_to_a_file_leads_somewhere() -> None:
    targets = re.findall(r"\]\((?!http)([^)#]+)", README)
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_make_target_it_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make ([a-z-]+)", README)) <= targets
