"""R4: a POST sent five times at once, again after a crash, and with another body has one effect and one answer."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.faults.campaign import FULL, report
from tests.faults.creating_posts import EXEMPT, POSTS
from tests.faults.posts_of_score_service import calculate
from tests.faults.scene import Attempt, Scene
from tests.support.callers import Caller
from tests.support.killable import COMMIT_POINTS
from tests.support.services import ROOT, RunService
from tests.support.waiting import eventually

AT_ONCE = 5
ROUNDS = 10 if FULL else 1
# Killed before the commit nothing has happened; after it all has, but nobody was told.
CRASHES = COMMIT_POINTS if FULL else ("after_commit",)


@pytest.fixture(scope="module")
def scene(
    request: pytest.FixtureRequest,
    module_services: RunService,
    tmp_path_factory: pytest.TempPathFactory,
    new_person: Callable[..., Caller],
    service_headers: Callable[..., dict[str, str]],
) -> Iterator[Scene]:
    scene = Scene(module_services, tmp_path_factory.mktemp("armed"), new_person, service_headers)
    yield scene
    if not request.session.testsfailed:
        times = f"each {ROUNDS} x {AT_ONCE} at once and {len(CRASHES)} x killed"
        report("R4", f"{len(scene.tried)} POSTs ({len(EXEMPT)} exempt), {times}: one effect, one answer")


def said(answer: httpx.Response) -> tuple[int, bytes]:
    return answer.status_code, answer.content


def check_one_effect(attempt: Attempt) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: attempt.send(), range(AT_ONCE)))
    done = [answer for answer in answers if answer.is_success]
    refused = [answer for answer in answers if not answer.is_success]
    assert attempt.effects() == 1, [said(answer) for answer in answers]
    assert len({said(answer) for answer in done}) == 1
    if attempt.repeated is None:
        assert {answer.json()["code"] for answer in refused} <= {"idempotency_key_in_use"}
    else:
        assert [answer.status_code for answer in refused] == [attempt.repeated] * (AT_ONCE - 1)
    check_repetition(attempt, done[0])
    other = attempt.send_other()
    assert other is None or other.status_code == attempt.other_status, said(other)
    assert attempt.effects() == 1


def check_repetition(attempt: Attempt, first: httpx.Response) -> None:
    again = attempt.send()
    if attempt.repeated is None:
        assert said(again) == said(first)
    else:
        assert again.status_code == attempt.repeated
    assert attempt.effects() == 1


def posts_of(service: str) -> set[tuple[str, str]]:
    paths = json.loads((ROOT / "contracts" / "openapi" / f"{service}.json").read_text())["paths"]
    return {(service, path) for path, operations in paths.items() if "post" in operations}


def test_every_post_of_the_contracts_is_tried_or_named_with_a_reason() -> None:
    services = [path.stem for path in (ROOT / "contracts" / "openapi").glob("*.json")]
    assert set().union(*map(posts_of, services)) == POSTS.keys() | EXEMPT.keys()
    assert not POSTS.keys() & EXEMPT.keys()


@pytest.mark.parametrize("post", POSTS, ids="".join)
def test_sent_at_once_and_with_another_body_it_has_one_effect(scene: Scene, post: tuple[str, str]) -> None:
    for _ in range(1 if post[1].endswith("promote") else ROUNDS):
        check_one_effect(POSTS[post](scene))


@pytest.mark.parametrize("crash", CRASHES)
@pytest.mark.parametrize("post", POSTS, ids="".join)
def test_sent_again_after_a_crash_it_has_one_effect(scene: Scene, post: tuple[str, str], crash: str) -> None:
    scene.tried.add(post)
    attempt = POSTS[post](scene)
    scene.arm(post[0], crash)
    with pytest.raises(httpx.TransportError):
        attempt.send()
    eventually(lambda: attempt.service.process.poll() is not None, "the service dies")
    assert attempt.effects() == (crash == "after_commit")
    attempt.service.start()
    first = attempt.send()
    assert first.is_success or (crash == "after_commit" and first.status_code == attempt.repeated), said(first)
    check_repetition(attempt, first)


def test_without_idempotency_five_at_once_are_noticed(scene: Scene, run_service: RunService, tmp_path: Path) -> None:
    lacking = Scene(run_service, tmp_path, scene.new_person, scene.service_headers, {"score_service": "idempotency"})
    with pytest.raises(AssertionError):
        check_one_effect(calculate(lacking))
