"""Every text for people is there in every language, says the same values, and nothing else is in the catalogues."""

from pathlib import Path

import pytest
from tools.update_messages import (
    PACKAGES,
    TRANSLATED,
    UntranslatableError,
    faults,
    read_catalogue,
    texts_for,
    texts_of,
    write_catalogue,
)

from service_kit.problems import Problem
from service_kit.settings import ROOT
from tests.support.apps import load_app
from tests.support.callers import SERVICES, Keys


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("package", PACKAGES)
def test_a_catalogue_says_what_the_code_says_and_no_more(package: str, language: str) -> None:
    path = ROOT / package / "locale" / f"{language}.po"
    assert faults(texts_for(package), read_catalogue(path, language)) == [], "run: make messages, then translate"


@pytest.mark.parametrize("service", SERVICES)
def test_every_problem_a_service_can_raise_has_a_translated_title(service: str, keys: Keys) -> None:
    texts = load_app(service, keys).state.texts["zh"]
    english = [each.title for each in _classes(Problem) if each.__module__.startswith(("service_kit.", f"{service}."))]
    assert len(english) > 10
    assert [title for title in english if texts.say(title) == title] == []


def _classes(base: type[Problem]) -> list[type[Problem]]:
    return [base_ for each in base.__subclasses__() for base_ in (each, *_classes(each)) if "<locals>" not in
            each.__qualname__]  # fmt: skip


def test_a_catalogue_that_lacks_a_text_has_an_old_one_or_other_values_would_be_found() -> None:
    texts = {"must be {least} or more", "is new", "is empty", "is fine"}
    catalogue = {"must be {least} or more": "phải từ {most}", "is old": "cũ", "is empty": "", "is fine": "ổn"}
    assert faults(texts, catalogue) == [
        "missing: is empty",
        "missing: is new",
        "stale: is old",
        "other placeholders: must be {least} or more",
    ]


SOURCE = """
class Away(Problem):
    code, status, title = "away", 404, "It is away."
    detail_template = "{name} is away."

ENGLISH: Mapping[str, Text] = {"a": Text("A title", "A message"), "b": "A text"}

def check(path, other):
    if other:
        raise malformed("/a", "is one" if path else "is two", least=3)
    raise BadAnswer(str(other))
"""


def test_texts_are_found_where_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(SOURCE)
    (tmp_path / "schemas.py").write_text('raise ValueError("is for callers")')
    (tmp_path / "domain.py").write_text('raise ValueError("is for programmers")')
    assert texts_of(tmp_path) == {
        *("It is away.", "{name} is away.", "A title", "A message", "A text", "is one", "is two", "is for callers")
    }


@pytest.mark.parametrize("text", ['f"is {name}"', '"is " + name', '"is %s" % name'])
def test_a_text_put_together_before_it_could_be_looked_up_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "module.py").write_text(f'raise malformed("/a", {text})')
    with pytest.raises(UntranslatableError):
        texts_of(tmp_path)


def test_updating_keeps_what_is_translated_adds_what_is_new_and_drops_what_is_stale(tmp_path: Path) -> None:
    path = tmp_path / "locale" / "vi.po"
    write_catalogue(path, "vi", {"is kept", "is new"}, {"is kept": "giữ", "is old": "cũ"})
    assert read_catalogue(path, "vi") == {"is kept": "giữ", "is new": ""}
    written = path.read_bytes()
    write_catalogue(path, "vi", {"is new", "is kept"}, read_catalogue(path, "vi"))
    assert path.read_bytes() == written
