"""Events that were set aside are sent when an operator says that what was wrong is mended."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.integration.score_service.borrower import Borrower, Neighbours
from tests.support.callers import Caller
from tests.support.neighbour import Reply
from tests.support.services import ROOT, RunService
from tests.support.waiting import eventually


def test_what_was_set_aside_is_sent_by_one_command(run_service: RunService, new_person: Callable[..., Caller]) -> None:
    neighbours = Neighbours()
    service = run_service(
        "score_service", SURVEY_SERVICE_URL=neighbours.survey.url, ALERT_SERVICE_URL=neighbours.alerts.url
    )
    borrower = Borrower(service, new_person(), neighbours)
    borrower.alerts_say(lambda _request: Reply(422))
    borrower.calculate()

    # As if it had been refused for long. When it is tried next is left as it is: else two might try it at once.
    service.sql("UPDATE outbox SET attempts = 100")
    eventually(lambda: service.sql("SELECT count(*) FROM outbox WHERE set_aside_at IS NOT NULL") == [(1,)])
    assert "outbox_set_aside_total 1.0" in service.client.get("/metrics").text
    borrower.alerts_say(lambda _request: Reply())

    def send_again(*options: str) -> str:
        command = [sys.executable, "-m", "service_kit.send_again", "score_service", *options]
        done = subprocess.run(command, cwd=ROOT, env=service.env, capture_output=True, text=True, check=True)
        return done.stdout

    assert send_again() == "1 events will be sent again.\n"
    eventually(lambda: service.sql("SELECT count(*) FROM outbox WHERE delivered_at IS NOT NULL") == [(1,)])
    assert send_again() == "0 events will be sent again.\n"
    # A receiver that was set back to before an event is sent it once more, and nothing that is older.
    taken = len(neighbours.alerts.received)
    assert send_again("--delivered-since", "2100-01-01") == "0 events will be sent again.\n"
    assert send_again("--delivered-since", "2020-01-01") == "1 events will be sent again.\n"
    eventually(lambda: len(neighbours.alerts.received) > taken)
    neighbours.close()


@pytest.mark.parametrize("service", ["user_service", "profile_service"])
def test_the_others_that_send_events_have_the_same_command(service: str, run_service: RunService) -> None:
    running = run_service(service)
    running.stop()
    table = "INSERT INTO {} (event_id, key, kind, payload, set_aside_at) VALUES (gen_random_uuid(), gen_random_uuid(), "
    tables = ["outbox", "mails"] if service == "user_service" else ["outbox"]
    for each in tables:
        running.sql(table.format(each) + "'some', '{}', now())")
    command = [sys.executable, "-m", "service_kit.send_again", service]
    done = subprocess.run(command, cwd=ROOT, env=running.env, capture_output=True, text=True, check=True)
    assert done.stdout == f"{len(tables)} events will be sent again.\n"
    assert running.sql("SELECT set_aside_at FROM outbox") == [(None,)]
