"""Events that were set aside are sent when an operator says that what was wrong is mended."""

import subprocess
import sys
import time
from collections.abc import Callable

from tests.integration.score_service.borrower import Borrower, Neighbours
from tests.support.callers import Caller
from tests.support.neighbour import Reply
from tests.support.services import ROOT, RunService


def test_what_was_set_aside_is_sent_by_one_command(run_service: RunService, new_person: Callable[..., Caller]) -> None:
    neighbours = Neighbours()
    service = run_service(
        "score_service", SURVEY_SERVICE_URL=neighbours.survey.url, ALERT_SERVICE_URL=neighbours.alerts.url
    )
    borrower = Borrower(service, new_person(), neighbours)
    borrower.alerts_say(lambda _request: Reply(422))
    borrower.calculate()
    deadline = time.monotonic() + 20
    set_aside = "SELECT count(*) FROM outbox WHERE set_aside_at IS NOT NULL"
    while service.sql(set_aside) == [(0,)]:
        assert time.monotonic() < deadline
        service.sql("UPDATE outbox SET attempts = 100, available_at = now() WHERE set_aside_at IS NULL")
        time.sleep(0.05)
    assert "outbox_set_aside_total 1.0" in service.client.get("/metrics").text
    borrower.alerts_say(lambda _request: Reply())
    command = [sys.executable, "-m", "score_service.scripts.send_again"]
    done = subprocess.run(command, cwd=ROOT, env=service.env, capture_output=True, text=True, check=True)
    assert done.stdout == "1 events will be tried again.\n"
    while service.sql("SELECT count(*) FROM outbox WHERE delivered_at IS NOT NULL") == [(0,)]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    again = subprocess.run(command, cwd=ROOT, env=service.env, capture_output=True, text=True, check=True)
    assert again.stdout == "0 events will be tried again.\n"
    neighbours.close()
