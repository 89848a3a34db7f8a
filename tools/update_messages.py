"""Bring `<package>/locale/*.po` up to date with the English texts of the code: add what is new, drop what is stale.

`make messages`, then write the translations that are empty: tests/architecture/test_languages.py fails until then.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from service_kit.languages import DEFAULT, LANGUAGES, PLACEHOLDER
from service_kit.settings import ROOT

KIT = "service_kit"
PACKAGES = (KIT, "user_service", "profile_service", "alert_service", "survey_service", "score_service")
TRANSLATED = tuple(language for language in LANGUAGES if language != DEFAULT)
# What takes a message for people, and at which place among its arguments; by keyword it is `message`.
MARKED = {
    "BadAnswer": 0, "BadFile": 0, "BadValue": 0, "FeatureError": 2, "FieldError": 1, "Finding": 2, "Malformed": 0,
    "Unavailable": 0, "_BadCell": 0, "_RefusedError": 2, "_error": 2, "fault": 1, "malformed": 1,
}  # fmt: skip
HEADER = 'msgid ""\nmsgstr ""\n"Language: {}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


class UntranslatableError(Exception):
    """A message that is put together before it could be looked up."""


def texts_for(package: str) -> set[str]:
    """What a package's catalogues hold: its texts but for those that the kit's say already."""
    return texts_of(ROOT / package) - (set() if package == KIT else texts_of(ROOT / KIT))


def texts_of(folder: Path) -> set[str]:
    """Every text for people in a package: titles of problems, tables named ENGLISH…, arguments of what is MARKED."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        # In schemas a plain ValueError is a validator's, and its text goes to the caller.
        marked = MARKED | ({"ValueError": 0} if "schemas" in (path.stem, path.parent.name) else {})
        for node in ast.walk(ast.parse(path.read_text())):
            for text in _texts_at(node, marked):
                found |= set(_strings(text, path))
    return found


def _texts_at(node: ast.AST, marked: dict[str, int]) -> Iterator[ast.expr]:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args, keywords=keywords):
            if name in marked:
                yield from args[marked[name] : marked[name] + 1]
                yield from (each.value for each in keywords if each.arg == "message")
        case ast.ClassDef(body=body):
            yield from (text for line in body for text in _titles(line))
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(values=values)) if name.startswith("ENGLISH"):
            yield from values
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict(values=values)) if name.startswith("ENGLISH"):
            yield from values


def _titles(line: ast.stmt) -> Iterator[ast.expr]:
    match line:
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            pairs = list(zip(names, values, strict=True))
        case ast.Assign(targets=[name], value=value):
            pairs = [(name, value)]
        case _:
            return
    for name, value in pairs:
        is_title = isinstance(name, ast.Name) and name.id in {"title", "detail_template"}
        if is_title and isinstance(value, ast.Constant):
            yield value


def _strings(text: ast.expr, path: Path) -> Iterator[str]:
    """What is written out there; a name or an attribute was written out, and found, elsewhere."""
    match text:
        case ast.Constant(value=str() as written):
            yield written
        case ast.IfExp(body=one, orelse=other):
            yield from (*_strings(one, path), *_strings(other, path))
        case ast.Call(args=args):
            yield from (written for each in args for written in _strings(each, path))
        case ast.JoinedStr() | ast.BinOp():
            raise UntranslatableError(f"{path}:{text.lineno}: put {{names}} into the text and hand their values over")


def read_catalogue(path: Path, language: str) -> dict[str, str]:
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file, locale=language) if each.id}


def faults(texts: set[str], catalogue: dict[str, str]) -> list[str]:
    """What keeps a catalogue from saying these texts, no more and no less."""
    return [
        *(f"missing: {text}" for text in sorted(texts) if not catalogue.get(text)),
        *(f"stale: {text}" for text in sorted(catalogue.keys() - texts)),
        *(
            f"other placeholders: {text}"
            for text, translated in sorted(catalogue.items())
            if translated and sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(translated))
        ),
    ]


def write_catalogue(path: Path, language: str, texts: set[str], known: dict[str, str]) -> None:
    catalogue = Catalog(locale=language)
    for text in texts:
        catalogue.add(text, known.get(text, ""))
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.write(HEADER.format(language).encode())
        write_po(file, catalogue, width=120, omit_header=True, sort_output=True)


def main() -> None:
    for package in PACKAGES:
        texts = texts_for(package)
        for language in TRANSLATED:
            path = ROOT / package / "locale" / f"{language}.po"
            write_catalogue(path, language, texts, read_catalogue(path, language))
            empty = [text for text in texts if not read_catalogue(path, language)[text]]
            print(f"{package} {language}: {len(texts)} texts, {len(empty)} to translate")


if __name__ == "__main__":
    main()
