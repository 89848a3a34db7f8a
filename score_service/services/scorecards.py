"""The scorecards that are served: the champion decides, the others stay readable for the scores they once gave."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, cast

from fastapi import Depends, Request

from score_service.core.problems import ModelNotFound
from score_service.domain.artifact import load_scorecard
from score_service.domain.scorecard import Scorecard


@dataclass(frozen=True)
class Scorecards:
    champion: Scorecard
    by_version: Mapping[str, Scorecard]

    @cached_property
    def by_sha256(self) -> Mapping[str, Scorecard]:
        return {scorecard.sha256: scorecard for scorecard in self.by_version.values()}


def load_scorecards(folder: Path, champion: str) -> Scorecards:
    """Load every artifact of `folder`; one that is damaged raises, so that a service which has it does not start."""
    loaded = (load_scorecard(path.read_bytes()) for path in sorted(folder.glob("*.json")))
    by_version = {scorecard.version: scorecard for scorecard in loaded}
    return Scorecards(by_version[champion], by_version)


def get_scorecard(scorecards: Scorecards, version: str) -> Scorecard:
    scorecard = scorecards.by_version.get(version)
    if scorecard is None:
        raise ModelNotFound
    return scorecard


async def _scorecards(request: Request) -> Scorecards:
    return cast("Scorecards", request.app.state.scorecards)


LoadedScorecards = Annotated[Scorecards, Depends(_scorecards)]
