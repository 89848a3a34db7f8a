"""SQL that counts the people scored now, each once, by their newest score: one pass over them, few rows back.

What counts as a band, a step or a tenth is the domain's to say; bins are counted here, since there are as many inputs
as people, and `width_bucket` over a scorecard's edges is the bin that evaluation finds.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Double, Row, Select, bindparam, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from score_service.models import CurrentScore
from service_kit.database import Reads

Edges = Mapping[str, Sequence[float]]

_by_score = select(CurrentScore.decided_by, CurrentScore.score, func.count().label("people")).group_by(
    CurrentScore.decided_by, CurrentScore.score
)


async def count_scores(db: Reads) -> Sequence[Row[Any]]:
    return (await db.execute(_by_score)).all()


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
