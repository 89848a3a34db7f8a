"""Score a file of any size: `python -m score_service.scripts.score_portfolio people.parquet scored.parquet`.

CSV or Parquet in, CSV or Parquet out, by the target's name. Columns are features by their wire names; others are
carried along. Each row gains `score`, `probability_of_default`, `band`, `reasons` (codes, the costliest first),
`clipped` (features that count as the bound they lie beyond) and `error`; a row that cannot be scored says why and the
others go on. Neither settings nor a database are needed.
"""

import argparse
import sys
from pathlib import Path

from score_service.core.settings import SCORECARDS, Settings
from score_service.domain.artifact import ArtifactError, load_scorecard
from score_service.domain.features import FEATURES
from score_service.domain.portfolio_report import BadFile, Report
from score_service.services.portfolio_files import score_file

CHAMPION = SCORECARDS / f"{Settings.model_fields['champion'].default}.json"


def main() -> None:
    """Score one file with the champion of a fresh installation, or with the artifact named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--scorecard", type=Path, default=CHAMPION)
    arguments = parser.parse_args()
    source, target = arguments.source, arguments.target
    try:
        if target.exists() and target.samefile(source):
            parser.error("the scored file needs a name of its own, or it would take the place of what is read")
        scorecard = load_scorecard(arguments.scorecard.read_bytes())
        report = score_file(scorecard, source, target, progress=show_progress)
    except BadFile as error:
        sys.exit(f"\n{source} {str(error).format_map(error.values)}")
    except ArtifactError as error:
        sys.exit(f"{arguments.scorecard} is no scorecard: {error}")
    except OSError as error:
        sys.exit(str(error))
    sys.stderr.write("\n")
    tell(report)
    print(f"{report.rows:,} rows with {scorecard.version}, {report.unscored:,} of them without a score")


def show_progress(rows: int) -> None:
    sys.stderr.write(f"\r{rows:,} rows")


def tell(report: Report) -> None:
    """Name the lines that were left out, the first rows without a score with their reasons, and what was clipped."""
    for line in report.malformed:
        print(f"line {line.number} is left out: it has {line.cells} cells where the header has {line.expected}")
    for number, error in report.faults:
        print(f"row {number} has no score: {error}")
    if report.unscored > len(report.faults):
        print(f"... and {report.unscored - len(report.faults):,} more; their reasons stand in the column `error`")
    for name, column in report.clipped.items():
        if column.beyond:
            lower, upper = FEATURES[name].lower, FEATURES[name].upper
            what = f"{column.beyond:,} of {column.given:,} lie outside {lower:g} to {upper:g} and count as the bound"
            print(f"{name}: {what}" + ("; is it in another unit? 62% is written 0.62" if column.is_most else ""))


if __name__ == "__main__":
    main()
