"""What administrators learn from the answers: who finishes, where people leave, and what they say."""

from typing import Any

from service_kit.database import Reads
from survey_service.crud import statistics as statistics_crud
from survey_service.crud import versions as versions_crud
from survey_service.domain.languages import Language, in_language
from survey_service.schemas.statistics import (
    AnsweredOut,
    BinOut,
    ChoiceOut,
    NumbersOut,
    PeriodIn,
    QuestionStatsOut,
    StatisticsIn,
    StatisticsOut,
)


async def get_statistics(db: Reads, query: StatisticsIn) -> StatisticsOut:
    period = query.bounds()
    totals = await statistics_crud.get_totals(db, query.version, period)
    version = query.version or await versions_crud.get_published_version(db)
    responses = await statistics_crud.count_responses(db, version, period)
    return StatisticsOut(
        **totals._mapping,
        completion_rate=_share(totals.total_users_submitted, totals.total_users_started),
        version=version,
        questions=[
            AnsweredOut(**row._mapping, share=_share(row.answered, responses))
            for row in await statistics_crud.list_answered(db, version, period)
        ],
    )


async def get_question_stats(db: Reads, question_id: int, query: PeriodIn, language: Language) -> QuestionStatsOut:
    period = query.bounds()
    question = await statistics_crud.get_question(db, question_id)
    answered = await statistics_crud.count_answers(db, question_id, period)
    choices = await _choices(db, question, answered, period, language) if question.options else None
    numbers = await _numbers(db, question_id, period) if question.question_type == "number" and answered else None
    return QuestionStatsOut(
        question_id=question.id,
        key=question.key,
        version=question.version,
        question_type=question.question_type,
        answered=answered,
        choices=choices,
        numbers=numbers,
    )


async def _choices(
    db: Reads, question: Any, answered: int, period: dict[str, Any], language: Language
) -> list[ChoiceOut]:
    """Every option, chosen or not. Of a multiple choice the shares may add up to more than 1."""
    counts = await statistics_crud.count_choices(db, question.id, period)
    return [
        ChoiceOut(
            value=option["value"],
            label=in_language(option["labels"], language),
            count=counts.get(option["value"], 0),
            share=_share(counts.get(option["value"], 0), answered),
        )
        for option in question.options
    ]


async def _numbers(db: Reads, question_id: int, period: dict[str, Any]) -> NumbersOut:
    row = await statistics_crud.describe_numbers(db, question_id, period)
    figures = {name: row._mapping[name] for name in ("mean", "min", "q1", "median", "q3", "max")}
    if row.min == row.max:
        return NumbersOut(**figures, histogram=[BinOut(from_=row.min, to=row.max, count=row.answered)])
    counts = await statistics_crud.count_bins(db, question_id, row.min, row.max, period)
    width = (row.max - row.min) / statistics_crud.BINS
    return NumbersOut(
        **figures,
        histogram=[
            BinOut(from_=row.min + width * (place - 1), to=row.min + width * place, count=counts.get(place, 0))
            for place in range(1, statistics_crud.BINS + 1)
        ],
    )


def _share(part: int, whole: int) -> float:
    return round(min(part / whole, 1), 4) if whole else 0
