"""SQL that counts the people scored now, each once, by their newest score: one pass over them, few rows back.

What counts as a band, a step or a tenth is the domain's to say; bins are counted here, since there are as many inputs
as people, and `width_bucket` over a scorecard's edges is the bin that evaluation finds.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Double, Row, Select, bindparam, func, select, tablesample, text, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from score_service.models import CurrentScore
from service_kit.database import Reads

Edges = Mapping[str, Sequence[float]]


def _by_score_of(people: Any) -> Select[Any]:
    both = people.decided_by, people.score
    return select(*both, func.count().label("people")).group_by(*both)


_some = aliased(CurrentScore, tablesample(CurrentScore, func.system(bindparam("percent", type_=Double))))
_by_score, _by_score_of_some = _by_score_of(CurrentScore), _by_score_of(_some)


# As the server last estimated it, at no cost; nothing before it ever did.
_size = text("SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'current_scores'::regclass")


async def count_scores(db: Reads) -> Sequence[Row[Any]]:
    return (await db.execute(_by_score)).all()


async def count_scores_of_some(db: Reads, people: int) -> Sequence[Row[Any]]:
    """The same of about so many, drawn by pages of the table, or of everybody where there are no more."""
    size: float = (await db.execute(_size)).scalar_one()
    return (await db.execute(_by_score_of_some, {"percent": min(100.0, 100 * people / max(1.0, size))})).all()


async def count_bins(db: Reads, edges: Edges, percent: float) -> dict[str, list[int]]:
    """People by bin of each feature, the bin of unknown values last: with edges (0.3, 0.5) there are four.

    Below 100 `percent`, about that share of the people, drawn by pages of the table, which hold a few people each.
    """
    parameters = {"percent": percent, **{name: list(each) for name, each in edges.items()}}
    counts = {feature: [0] * (len(each) + 2) for feature, each in edges.items()}
    for row in (await db.execute(_by_bin(tuple(edges)), parameters)).mappings():
        for feature, people in counts.items():
            if row[feature] is not None:  # each row is about one feature
                people[row[feature]] = row["people"]
    return counts


@lru_cache(maxsize=64)
def _by_bin(features: tuple[str, ...]) -> Select[Any]:
    """Grouping sets count every feature in the one pass; they leave all columns null but that of the row's feature."""
    people = CurrentScore.__table__.tablesample(func.system(bindparam("percent", type_=Double)))
    bins = [_bin(people.c.inputs, feature).label(feature) for feature in features]
    binned = select(*bins).subquery()
    sets = [tuple_(binned.c[feature]) for feature in features]
    return select(*binned.c, func.count().label("people")).group_by(func.grouping_sets(*sets))


def _bin(inputs: Any, feature: str) -> Any:
    edges = bindparam(feature, type_=ARRAY(Double))
    known = func.width_bucket(inputs[feature].as_float(), edges)
    return func.coalesce(known, func.cardinality(edges) + 1)
