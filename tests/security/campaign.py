"""`SECURITY=full` runs the security campaigns at full size and writes what came of them into RESULTS.md."""

from pathlib import Path

from tests.support.results import Results

RESULTS = Results("SECURITY", Path(__file__).parent)
FULL, report = RESULTS.full, RESULTS.report
