"""PostgreSQL dies under write load: nothing acknowledged is lost, and no service needs to be restarted."""

import statistics
import threading
import time
from collections import Counter

import httpx
import psutil

from local_stack.layout import SERVICES
from local_stack.postgres import server_pid
from local_stack.stack import server_of
from local_stack.supervisor import Supervisor
from tests.faults.campaign import FULL, report
from tests.support.people import SignedIn
from tests.support.stack import Stack
from tests.support.waiting import eventually

KILLS = 10 if FULL else 1
WRITERS = 4


class Writer(threading.Thread):
    """Changes a name again and again, and remembers the last change that was acknowledged."""

    def __init__(self, person: SignedIn, stop: threading.Event) -> None:
        super().__init__()
        self.person, self._stop_writing = person, stop
        self.acknowledged, self.sent = 0, 0
        self.statuses: Counter[int] = Counter()

    def run(self) -> None:
        while not self._stop_writing.is_set():
            self.sent += 1
            try:
                answer = self.person.client.put("/profile/me", json={"full_name": f"Change {self.sent}"})
            except httpx.TransportError:
                self.statuses[0] += 1
                continue
            self.statuses[answer.status_code] += 1
            if answer.status_code == 200:
                self.acknowledged = self.sent


def service_pids(stack: Stack) -> dict[str, int]:
    return {each["name"]: each["pid"] for each in Supervisor(stack.layout).processes() if each["name"] in SERVICES}


def killed_and_ready_again(stack: Stack, writers: list[Writer]) -> float:
    """The seconds from PostgreSQL's death, which is noticed, until all services are ready again."""
    acknowledged = [writer.statuses[200] for writer in writers]
    eventually(lambda: more(writers, 200, acknowledged), "all write")
    refused = met(writers, 503)
    postmaster = server_pid(server_of(stack.layout).data)
    assert postmaster is not None
    killed = time.monotonic()
    psutil.Process(postmaster).kill()
    # Not every one of them need be asking in the second or two that it is away.
    eventually(lambda: met(writers, 503) > refused, "somebody notices")
    stack.wait_until_ready(*SERVICES)
    return time.monotonic() - killed


def met(writers: list[Writer], status: int) -> int:
    """How often all of them together have met this status."""
    return sum(writer.statuses[status] for writer in writers)


def more(writers: list[Writer], status: int, than: list[int]) -> bool:
    """Whether each of them has met this status more often."""
    return all(writer.statuses[status] > often for writer, often in zip(writers, than, strict=True))


def test_no_acknowledged_write_is_lost_and_the_services_recover_by_themselves(stack: Stack) -> None:
    stop = threading.Event()
    writers = [Writer(stack.new_person(), stop) for _ in range(WRITERS)]
    before = service_pids(stack)
    for writer in writers:
        writer.start()
    try:
        took = [killed_and_ready_again(stack, writers) for _ in range(KILLS)]
        acknowledged = [writer.statuses[200] for writer in writers]
        eventually(lambda: more(writers, 200, acknowledged), "all go on")
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert service_pids(stack) == before, "a service was restarted"
    for writer in writers:
        assert set(writer.statuses) <= {200, 503, 504}, writer.statuses
        stored = int(writer.person.ok("GET", "/profile/me")["full_name"].removeprefix("Change "))
        assert writer.acknowledged <= stored <= writer.sent
    ready = (
        f"ready again {statistics.median(took):.1f} s after (median), {max(took):.1f} s at most, no service restarted"
    )
    writes = met(writers, 200)
    report("R5", f"{KILLS} kills of PostgreSQL, {writes} acknowledged writes by {WRITERS}: 0 lost; {ready}")
