"""The catalogue in use: read once per version and kept, since what is published never changes."""

from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from service_kit.database import Reads
from survey_service.crud import questions as questions_crud
from survey_service.crud import versions as versions_crud
from survey_service.domain.catalogue import Catalogue, Option, Question, plain_number
from survey_service.domain.languages import Language, in_language
from survey_service.schemas.questions import OptionOut, QuestionOut

KEPT_MAX = 32

_question_list = TypeAdapter(list[QuestionOut])

_kept: dict[int, Catalogue] = {}


async def published_catalogue(db: Reads) -> Catalogue:
    return await get_catalogue(db, await versions_crud.get_published_version(db))


async def get_catalogue(db: Reads, version: int) -> Catalogue:
    """The catalogue of a published version, the only kind that answers belong to."""
    if version not in _kept:
        catalogue = await read_catalogue(db, version)
        if len(_kept) >= KEPT_MAX:
            _kept.clear()
        _kept[version] = catalogue
    return _kept[version]


async def read_catalogue(db: Reads, version: int) -> Catalogue:
    """The questions of any version as they are now; a draft's may not be kept."""
    rows = await questions_crud.list_questions(db, version)
    return Catalogue(version, tuple(_question(row._mapping) for row in rows))


def _question(row: Any) -> Question:
    fields = {name: row[name] for name in Question.__dataclass_fields__}
    options = tuple(Option(**option) for option in row["options"])
    return Question(**{**fields, "aliases": tuple(row["aliases"]), "options": options})


async def render_questions(db: Reads, language: Language) -> bytes:
    """The reply of `GET /survey/questions`, made once per version and language."""
    return _rendered(await published_catalogue(db), language)


@lru_cache(maxsize=KEPT_MAX)
def _rendered(catalogue: Catalogue, language: Language) -> bytes:
    questions = [_in_language(question, catalogue.version, language) for question in catalogue.questions]
    return _question_list.dump_json(questions)


def _in_language(question: Question, version: int, language: Language) -> QuestionOut:
    text = in_language(question.texts, language)
    options = [
        OptionOut(value=option.value, label=in_language(option.labels, language), facts=dict(option.facts) or None)
        for option in question.options
    ]
    return QuestionOut(
        id=question.id,
        key=question.key,
        aliases=list(question.aliases),
        question_text=text,
        label=text,
        question_type=question.question_type,
        question_group=question.question_group,
        options=options or None,
        order=question.order,
        is_required=question.is_required,
        version=version,
        fact=question.fact,
        min=None if question.min is None else plain_number(question.min),
        max=None if question.max is None else plain_number(question.max),
        unit=question.unit,
        show_if=None if question.show_if is None else dict(question.show_if),
    )
