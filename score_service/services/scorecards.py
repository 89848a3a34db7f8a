"""The scorecards that are served: the champion decides, the challenger scores beside it, the others stay readable.

Which is which is what the last approved promotion says; before the first one, what the settings say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, cast

from fastapi import Depends, Request

from score_service.core.problems import ArtifactNotShipped, ModelNotFound
from score_service.crud import promotions as promotions_crud
from score_service.domain.artifact import load_scorecard
from score_service.domain.scorecard import Scorecard
from service_kit.database import Reads


class NotShippedError(Exception):
    """A scorecard was promoted that this installation does not have."""


@dataclass(frozen=True)
class Scorecards:
    champion: Scorecard
    challenger: Scorecard
    by_version: Mapping[str, Scorecard]
    # Percentiles of the people scored so far, by the version that scored them; of none that scored too few.
    people: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @cached_property
    def by_sha256(self) -> Mapping[str, Scorecard]:
        return {scorecard.sha256: scorecard for scorecard in self.by_version.values()}


def load_scorecards(folder: Path, champion: str, challenger: str) -> Scorecards:
    """Load every artifact of `folder`; one that is damaged raises, so that a service which has it does not start."""
    loaded = (load_scorecard(path.read_bytes()) for path in sorted(folder.glob("*.json")))
    by_version = {scorecard.version: scorecard for scorecard in loaded}
    return Scorecards(by_version[champion], by_version[challenger], by_version)


async def in_force(db: Reads, at_first: Scorecards) -> Scorecards:
    """Roles as they are now, `at_first` being those of the settings. A dethroned champion becomes the challenger.

    Unless the settings name another one: a newer challenger, shipped since. Raises `NotShippedError`.
    """
    last = await promotions_crud.find_last_promotion(db)
    if last is None:
        return at_first
    by_version = at_first.by_version
    if not {last.version, last.replaces} <= by_version.keys():
        raise NotShippedError(last.version)
    newer = at_first.challenger.version not in {last.version, last.replaces}
    challenger = at_first.challenger if newer else by_version[last.replaces]
    return replace(at_first, champion=by_version[last.version], challenger=challenger)


def get_scorecard(scorecards: Scorecards, version: str) -> Scorecard:
    scorecard = scorecards.by_version.get(version)
    if scorecard is None:
        raise ModelNotFound
    return scorecard


def scorecard_of(scorecards: Scorecards, current: Any) -> Scorecard:
    """The one that gave a current score."""
    version = current.explanation["model_version"]
    scorecard = scorecards.by_version.get(version)
    if scorecard is None:
        raise ArtifactNotShipped(model_version=version)
    return scorecard


async def _scorecards(request: Request) -> Scorecards:
    return cast("Scorecards", request.app.state.scorecards)


async def _scorecards_at_first(request: Request) -> Scorecards:
    return cast("Scorecards", request.app.state.scorecards_at_first)


# What decides here; a promotion reaches every replica within a second (worker.py).
LoadedScorecards = Annotated[Scorecards, Depends(_scorecards)]
# What the settings say, for who reads the promotions as well.
SettingsScorecards = Annotated[Scorecards, Depends(_scorecards_at_first)]
