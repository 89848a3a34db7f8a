"""Another population is a declaration: the same training reads another file and asks other questions."""

from pathlib import Path

import numpy as np
import pytest

from score_service.domain.artifact import ArtifactError, load_scorecard
from score_service.domain.evaluation import evaluate
from score_service.scripts.train import POPULATIONS, SCORECARDS, UCI_RECIPES, build
from score_service.scripts.training.data import Sample
from score_service.scripts.training.measures import auc
from score_service.scripts.training.uci import COLUMNS, DECLARATION, OUTCOME, STATUS_BEFORE, STATUS_NOW, read_uci

ROWS = 1_500


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as published, of people whose risk rises with months late and with what they use of their limit."""
    generator = np.random.default_rng(8)
    late = generator.choice([-2, -1, 0, 1, 2, 3], ROWS, p=[0.1, 0.2, 0.45, 0.1, 0.1, 0.05])
    limit = generator.integers(1, 60, ROWS) * 10_000
    used = generator.beta(0.8, 1.2, ROWS)
    risk = -2.5 + 0.9 * np.maximum(late, 0) + 1.5 * used
    columns = {name: generator.integers(-2, 3, ROWS) for name in STATUS_BEFORE}
    columns |= {
        STATUS_NOW: late,
        "LIMIT_BAL": limit,
        "BILL_AMT1": np.rint(used * limit),
        "BILL_AMT2": np.rint(used * limit) - 2_000,
        "PAY_AMT1": generator.integers(0, 20_000, ROWS),
        "AGE": generator.integers(21, 75, ROWS),
        OUTCOME: generator.random(ROWS) < 1 / (1 + np.exp(-risk)),
    }
    names = ["ID", "SEX", *columns]
    rows = [",".join(["1", "2", *(f"{columns[name][i]:g}" for name in names[2:])]) for i in range(ROWS)]
    file = tmp_path_factory.mktemp("uci") / "clients.csv"
    file.write_text("\n".join([",".join(names), *rows]))
    return file


@pytest.fixture(scope="module")
def sample(path: Path) -> Sample:
    return read_uci(path)


@pytest.fixture(scope="module")
def raw(sample: Sample) -> bytes:
    return build(UCI_RECIPES[0], sample, None, replicates=2)


def test_codes_for_not_late_are_not_months_late(sample: Sample) -> None:
    assert set(np.unique(sample.values["months_late"])) == {0, 1, 2, 3}
    assert sample.values["worst_before"].min() == 0


def test_of_a_bill_of_nothing_no_share_is_paid(path: Path, sample: Sample) -> None:
    lines = path.read_text().splitlines()
    billed = np.array([float(line.split(",")[lines[0].split(",").index("BILL_AMT2")]) for line in lines[1:]])
    assert (np.isnan(sample.values["paid_share"]) == (billed <= 0)).all()
    assert 0 < np.isnan(sample.values["paid_share"]).sum() < ROWS


@pytest.mark.slow
def test_a_scorecard_of_other_questions_ranks_the_people_it_was_made_for(raw: bytes, sample: Sample) -> None:
    scorecard = load_scorecard(raw, DECLARATION.features)
    values = {name: sample.values[name].tolist() for name in DECLARATION.features}
    people = [{name: None if np.isnan(v[i]) else v[i] for name, v in values.items()} for i in range(ROWS)]
    evaluations = [evaluate(scorecard, person) for person in people]
    assert auc(sample.bad, -np.array([each.score for each in evaluations])) > 0.7
    assert all(e.score == min(max(e.base_points + sum(e.points), 300), 850) for e in evaluations)


@pytest.mark.slow
def test_a_service_that_cannot_ask_its_questions_refuses_it(raw: bytes) -> None:
    with pytest.raises(ArtifactError, match="utilisation"):
        load_scorecard(raw)


def test_no_model_of_it_looks_at_a_person_and_none_is_served() -> None:
    assert "AGE" in COLUMNS
    assert not {"age", "sex", "marriage", "education"} & set(UCI_RECIPES[0].features)
    assert POPULATIONS["uci"].folder != SCORECARDS
