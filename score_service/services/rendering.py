"""A decision as it is stored, and as it stands on the wire.

Codes and numbers are stored; the words are added when it is read, so that a score can be read in any language.
"""

from bisect import bisect_left
from functools import lru_cache
from typing import Any

import orjson
from fastapi.responses import Response

from score_service.domain.bands import band_of, category_of
from score_service.domain.evaluation import Evaluation
from score_service.domain.factors import columns, factor
from score_service.domain.overriding import in_force
from score_service.domain.reasons import reasons
from score_service.domain.scorecard import Scorecard, Table
from score_service.domain.texts import ENGLISH, Text
from score_service.services.inputs import Inputs
from service_kit.languages import DEFAULT, Language, language_headers, read_texts
from service_kit.schemas import utc_now

# Prepared, so that a read only looks up.
_TEXTS = {
    language: {code: texts.say(english) for code, english in ENGLISH.items()}
    for language, texts in read_texts("score_service").items()
}
_IN_ALL_LANGUAGES = {
    code: {"text" if language == DEFAULT else f"text_{language}": texts[code] for language, texts in _TEXTS.items()}
    for code in ENGLISH
}


def text_in(language: Language) -> Text:
    """What `domain.texts.english` is to English, for a language: the text of a code."""
    return _TEXTS[language].__getitem__


def code_only(code: str) -> str:
    """The words of no language: each text is its own code, to be looked up when it is read."""
    return code


def explanation_of(
    scorecard: Scorecard, evaluation: Evaluation, inputs: Inputs, people: tuple[int, ...] | None = None
) -> dict[str, Any]:
    """Everything a read says of a decision that depends on nothing but the decision.

    `people` are the percentiles of those scored so far; without them its place is that among the training population.
    """
    return {
        "band": evaluation.band,
        "category": category_of(evaluation.band),
        "percentile": evaluation.percentile if people is None else bisect_left(people, evaluation.score),
        "percentile_among": "training" if people is None else "people",
        "confidence": evaluation.confidence,
        "interval": evaluation.interval,
        "probability_of_default": evaluation.probability_of_default,
        "model_version": scorecard.version,
        "base_points": evaluation.base_points,
        "factors": [
            {**_account_of(table, points, weight), "value": value}
            for table, value, points, weight in columns(scorecard, evaluation)
        ],
        "reasons": [reason._asdict() for reason in reasons(scorecard, evaluation, text=code_only)],
        "flags": evaluation.flags,
        "source": inputs.source,
        "inputs_from": inputs.inputs_from,
    }


@lru_cache(maxsize=8192)
def _account_of(table: Table, points: int, weight: int) -> dict[str, Any]:
    """What is said of a factor whatever its value; a table gives few different points, so each is put together once."""
    return factor(table, None, points, weight, code_only)._asdict()


def score_on_the_wire(current: Any, text: Text) -> dict[str, Any]:
    explanation, now = current.explanation, utc_now()
    on_the_wire = {
        "user_id": str(current.user_id),  # asyncpg has a UUID class of its own, which orjson refuses
        "current_score": current.score,
        "previous_score": current.previous_score,
        "change": 0 if current.previous_score is None else current.score - current.previous_score,
        "percentile_among": "training",  # of which what was stored first says nothing
        **explanation,
        "factors": factors_on_the_wire(explanation, text),
        "reasons": reasons_on_the_wire(explanation, text),
        "last_calculated": current.calculated_at,
        "version": current.version,
        "keyMetrics": {
            "monthlyChange": current.score - current.month_ago,
            "utilizationRate": current.utilisation,
            "utilizationChange": _utilisation_change(current),
            "daysSinceUpdate": max(0, (now - current.calculated_at).days),
        },
        "override": None,
    }
    return {**on_the_wire, **_overriding(current)} if in_force(current.override_until, now) else on_the_wire


def _overriding(current: Any) -> dict[str, Any]:
    """The number and its names are an administrator's; what explains the scorecard's own stays, since that is true."""
    band = band_of(current.override_score)
    return {
        "current_score": current.override_score,
        "change": 0 if current.previous_score is None else current.override_score - current.previous_score,
        "band": band,
        "category": category_of(band),
        "flags": [*current.explanation["flags"], "overridden"],
        "source": "override",
        "override": {
            "override_id": str(current.override_id),
            "model_score": current.score,
            "expires_at": current.override_until,
        },
    }


def factors_on_the_wire(explanation: dict[str, Any], text: Text) -> list[dict[str, Any]]:
    return [
        {
            **factor,
            "name": text(factor["name"]),
            "description": text(factor["description"]),
            "advice": text(factor["advice"]),
        }
        for factor in explanation["factors"]
    ]


def reasons_on_the_wire(explanation: dict[str, Any], text: Text) -> list[dict[str, Any]]:
    return [{**reason, "text": text(reason["text"])} for reason in explanation["reasons"]]


def reasons_in_all_languages(explanation: dict[str, Any]) -> list[dict[str, Any]]:
    """For who hands them on: `text` is English, and beside it stand `text_vi` and so on, since reasons are flat."""
    return [{**reason, **_IN_ALL_LANGUAGES[reason["text"]]} for reason in explanation["reasons"]]


def points_in_all_languages(explanation: dict[str, Any]) -> list[dict[str, Any]]:
    """What each factor earned, by its name in each language, so that a receiver can say what moved since the last."""
    return [
        {"feature": factor["feature"], "points": factor["points"], **_IN_ALL_LANGUAGES[factor["name"]]}
        for factor in explanation["factors"]
    ]


def factors_page(current: Any, text: Text) -> dict[str, Any]:
    return {
        "user_id": str(current.user_id),
        "factors": factors_on_the_wire(current.explanation, text),
        "reasons": reasons_on_the_wire(current.explanation, text),
        "recommendations": [
            {**act, "title": text(act["title"]), "text": text(act["text"])} for act in current.recommendations
        ],
    }


def json_response(body: dict[str, Any], language: Language) -> Response:
    """The way out of the hottest read: what was stored was checked when it was written, and is not checked again."""
    content = orjson.dumps(body, option=orjson.OPT_UTC_Z)
    return Response(content, media_type="application/json", headers=language_headers(language))


def _utilisation_change(current: Any) -> float | None:
    """Nothing at first, as with the score; unknown where there is or was no card."""
    new, old = current.utilisation, current.previous_utilisation
    if current.previous_score is None:
        old = new
    return None if new is None or old is None else round(new - old, 4)
