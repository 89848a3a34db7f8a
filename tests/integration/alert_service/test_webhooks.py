"""Webhooks: added by their owner within bounds, called as Standard Webhooks say, and switched off when they fail."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from pydantic import ValidationError
from sqlalchemy import text
from standardwebhooks import Webhook, WebhookVerificationError
from uuid_utils.compat import uuid7

from alert_service.core.settings import Settings
from alert_service.crud.webhooks import enable_webhook, list_webhooks
from alert_service.domain.retries import FAILING_MAX
from service_kit.schemas import utc_now
from tests.integration.alert_service.outgoing import Outgoing, run
from tests.integration.alert_service.scored_person import ScoredPerson
from tests.support.callers import Caller, Keys
from tests.support.mail_server import MailServer
from tests.support.neighbour import FakeNeighbour, Received, Reply
from tests.support.postgres import TestServer
from tests.support.services import RunningService, RunService
from tests.support.waiting import PATIENCE_S, eventually, patiently, until

PATH = "/alerts/webhooks"
UNDER_WAY = "SELECT 1 FROM deliveries WHERE user_id = %s AND sent_at IS NULL AND dead_at IS NULL"
Run = Callable[[Callable[[Outgoing], Awaitable[None]]], None]


@pytest.fixture(scope="module")
def service(module_services: RunService) -> RunningService:
    return module_services("alert_service", WEBHOOKS_TO_LOOPBACK="true", WEBHOOKS_PER_PERSON_MAX="2")


@pytest.fixture
def owner(
    service: RunningService, new_person: Callable[..., Caller], service_headers: Callable[..., dict[str, str]]
) -> ScoredPerson:
    return ScoredPerson(service, new_person(), service_headers("score_service", "alert_service"))


@pytest.fixture
def outgoing(postgres: TestServer, keys: Keys, mail_server: MailServer) -> Run:
    return lambda work: run(postgres, keys, mail_server.url, work)


def add(owner: ScoredPerson, **body: Any) -> Any:
    return owner.service.client.post(PATH, json=body, headers=owner.caller.headers)


def wait_for(neighbour: FakeNeighbour, count: int) -> list[Received]:
    eventually(lambda: len(neighbour.received) >= count)
    return neighbour.received


def test_an_alert_is_called_out_signed_and_whole_as_the_person_reads_it(
    owner: ScoredPerson, fake_neighbour: FakeNeighbour
) -> None:
    added = add(owner, url=f"{fake_neighbour.url}/hook?key=1")
    assert added.status_code == 201, added.text
    secret = added.json()["secret"]
    (alert,) = owner.scored(652)
    (call,) = wait_for(fake_neighbour, 1)
    assert call.path == "/hook?key=1"
    assert Webhook(secret).verify(orjson.dumps(call.body), call.headers) == call.body
    assert call.body == {"type": "alert.created", "timestamp": alert["created_at"], "data": alert}
    tampered = {**call.body, "type": "alert.deleted"}
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(orjson.dumps(tampered), call.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(add(owner, url=fake_neighbour.url).json()["secret"]).verify(orjson.dumps(call.body), call.headers)


def test_the_secret_is_shown_once_and_neither_it_nor_the_address_stands_in_the_database(owner: ScoredPerson) -> None:
    added = add(owner, url="http://127.0.0.1:9/private", kinds=["big_drop", "big_drop"]).json()
    assert added["secret"].startswith("whsec_")
    (listed,) = owner.get(PATH).json()["items"]
    assert listed == {key: value for key, value in added.items() if key != "secret"}
    assert listed["kinds"] == ["big_drop"]
    ((url, secret),) = owner.service.sql("SELECT url, secret FROM webhooks WHERE user_id = %s", owner.user_id)
    assert "private" not in url
    assert "whsec" not in secret


def test_adding_one_is_told_to_its_owner_whatever_they_want_to_be_told(owner: ScoredPerson) -> None:
    add(owner, url="http://127.0.0.1:9/")
    (alert,) = owner.get("/alerts/me").json()
    assert (alert["kind"], alert["type"], alert["severity"]) == ("webhook_added", "security", "medium")
    assert "127.0.0.1" in alert["message"]
    assert owner.count("deliveries") == 0, "it is not told to the webhook"


def test_there_are_only_so_many_of_a_person(owner: ScoredPerson) -> None:
    for number in range(2):
        assert add(owner, url=f"http://127.0.0.1:9/{number}").status_code == 201
    refused = add(owner, url="http://127.0.0.1:9/2")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_webhooks")
    first = owner.get(PATH).json()["items"][0]
    assert owner.delete(f"{PATH}/{first['id']}").status_code == 204
    assert add(owner, url="http://127.0.0.1:9/2").status_code == 201


def test_they_are_listed_in_pages_oldest_first(owner: ScoredPerson) -> None:
    added = [add(owner, url=f"http://127.0.0.1:9/{number}").json()["id"] for number in range(2)]
    page = owner.get(f"{PATH}?limit=1").json()
    assert [each["id"] for each in page["items"]] == added[:1]
    rest = owner.get(f"{PATH}?limit=1&cursor={page['next']}").json()
    assert ([each["id"] for each in rest["items"]], rest["next"]) == (added[1:], None)
    for query in ("limit=0", "limit=101", "cursor=elsewhere"):
        refused = owner.service.client.get(f"{PATH}?{query}", headers=owner.caller.headers)
        pointers = [error["pointer"] for error in refused.json()["errors"]]
        assert (refused.status_code, pointers) == (422, [f"/query/{query.split('=')[0]}"])


def test_an_address_may_be_as_long_as_this_and_no_longer(owner: ScoredPerson) -> None:
    longest = "http://127.0.0.1:9/".ljust(2_000, "a")
    refused = add(owner, url=longest + "a")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/url")
    assert add(owner, url=longest).status_code == 201


def test_an_address_is_added_once_also_when_it_is_sent_at_once(owner: ScoredPerson) -> None:
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: patiently(lambda: add(owner, url="http://127.0.0.1:9/")), range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "webhook_exists"}
    assert owner.count("webhooks") == 1
    assert owner.count("alerts") == 1


@pytest.mark.parametrize(
    ("pointer", "body"),
    [
        ("/url", {"url": "ftp://example.com/"}),
        ("/url", {"url": "https://me:secret@example.com/"}),
        ("/url", {"url": "https://example.com/" + "a" * 2_000}),
        ("/url", {"url": "http://10.0.0.1/"}),
        ("/url", {"url": "http://169.254.169.254/latest/meta-data/"}),
        ("/url", {"url": "http://[::ffff:10.0.0.1]/"}),
        ("/url", {"url": "http://[64:ff9b::10.0.0.1]/"}),
        ("/url", {"url": "http://no-such-name.invalid/"}),
        ("/kinds/0", {"url": "http://127.0.0.1:9/", "kinds": ["lottery"]}),
        ("/kinds/0", {"url": "http://127.0.0.1:9/", "kinds": ["webhook_added"]}),
        ("/kinds", {"url": "http://127.0.0.1:9/", "kinds": []}),
        ("/secret", {"url": "http://127.0.0.1:9/", "secret": "whsec_AAAA"}),
    ],
)
def test_a_webhook_that_may_not_be_is_refused_by_name(owner: ScoredPerson, pointer: str, body: dict[str, Any]) -> None:
    refused = add(owner, **body)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert owner.get(PATH).json()["items"] == []


def test_this_machine_is_refused_unless_it_is_allowed(
    alert_service: RunningService, new_person: Callable[..., Caller], fake_neighbour: FakeNeighbour
) -> None:
    for url in (fake_neighbour.url, "http://localhost:9/", "http://[::1]:9/", "http://0x7f.1:9/"):
        refused = alert_service.client.post(PATH, json={"url": url}, headers=new_person().headers)
        assert refused.status_code == 422, url
    assert fake_neighbour.received == []


def test_production_does_not_start_with_leave_to_call_this_machine(
    postgres: TestServer, keys: Keys, mail_server: MailServer
) -> None:
    async def work(_world: Outgoing) -> None:
        raise AssertionError("it started")

    production = {"ENVIRONMENT": "production", "USER_SERVICE_URL": "http://user_service:8002"}
    with pytest.raises(ValidationError, match="WEBHOOKS_TO_LOOPBACK is for development only"):
        run(postgres, keys, mail_server.url, work, **production)

    async def check(world: Outgoing) -> None:
        assert isinstance(world.settings, Settings)
        assert world.settings.production

    run(postgres, keys, mail_server.url, check, **production, WEBHOOKS_TO_LOOPBACK="false")


def test_nobody_sees_or_deletes_somebody_else_s(owner: ScoredPerson, new_admin: Callable[[], Caller]) -> None:
    webhook = add(owner, url="http://127.0.0.1:9/").json()["id"]
    client = owner.service.client
    other = new_admin().headers
    assert client.get(PATH, headers=other).json() == {"items": [], "next": None}
    for wrong in (webhook, str(uuid7()), "7", "x"):
        answer = client.delete(f"{PATH}/{wrong}", headers=other)
        assert (answer.status_code, answer.json()["code"]) == (404, "webhook_not_found")
    assert [each["id"] for each in owner.get(PATH).json()["items"]] == [webhook]
    assert {client.get(PATH).status_code, client.post(PATH, json={}).status_code} == {401}
    assert client.delete(f"{PATH}/{webhook}").status_code == 401


def test_only_wanted_kinds_are_called_out_to_each_webhook_once(outgoing: Run, fake_neighbour: FakeNeighbour) -> None:
    async def work(world: Outgoing) -> None:
        now = utc_now()
        person = await world.person(notifications={"email": False}, quiet_hours=None)
        await world.webhook(person, f"{fake_neighbour.url}/all")
        await world.webhook(person, f"{fake_neighbour.url}/drops", "big_drop")
        await world.score(person, 1, 700, now)
        await world.score(person, 2, 650, now)
        await world.sender.send_due(now)
        calls = sorted((call.path, call.body["data"]["kind"]) for call in fake_neighbour.received)
        kinds = ["big_drop", "first_score", "threshold_down"]
        assert calls == [*(("/all", kind) for kind in kinds), ("/drops", "big_drop")]
        await world.person()
        assert len({call.headers["webhook-id"] for call in fake_neighbour.received}) == 4

    outgoing(work)


def test_who_wants_no_webhooks_has_none_called(outgoing: Run, fake_neighbour: FakeNeighbour) -> None:
    async def work(world: Outgoing) -> None:
        person = await world.person(notifications={"webhook": False})
        await world.webhook(person, fake_neighbour.url)
        await world.score(person, 1, 700, utc_now())
        await world.sender.send_due(utc_now())
        assert fake_neighbour.received == []

    outgoing(work)


def test_a_failed_call_is_repeated_under_the_same_id_until_it_is_taken(
    outgoing: Run, fake_neighbour: FakeNeighbour
) -> None:
    async def work(world: Outgoing) -> None:
        now = utc_now()
        person = await world.person(notifications={"email": False})
        secret = (await world.webhook(person, fake_neighbour.url)).secret
        await world.score(person, 1, 700, now)
        replies = iter([Reply(500), Reply(302), Reply(hang_up=True), Reply(200)])
        fake_neighbour.answer = lambda _request: next(replies)
        problems = []
        while (row := (await world.calls(person))[0]).sent_at is None:
            await world.sender.send_due(row.next_at)
            problems.append((await world.calls(person))[0].problem)
        assert problems == ["status_500", "status_302", "unreachable", None]
        assert len({call.headers["webhook-id"] for call in fake_neighbour.received}) == 1
        timestamps = [call.headers["webhook-timestamp"] for call in fake_neighbour.received]
        assert len(set(timestamps)) == 4, "each attempt is signed for its own time"
        first = fake_neighbour.received[0]
        assert Webhook(secret).verify(orjson.dumps(first.body), first.headers)

    outgoing(work)


async def switched_off(world: Outgoing, person: Any) -> list[Any]:
    query = text("SELECT kind FROM alerts WHERE user_id = :user AND kind = 'webhook_disabled'")
    return list(await world.database.reader.execute(query, {"user": person}))


def test_410_switches_a_webhook_off_at_once_and_gives_up_what_waits(
    outgoing: Run, fake_neighbour: FakeNeighbour
) -> None:
    async def work(world: Outgoing) -> None:
        now = utc_now()
        person = await world.person(notifications={"email": False})
        await world.webhook(person, fake_neighbour.url)
        fake_neighbour.answer = lambda _request: Reply(500)
        await world.score(person, 1, 700, now)
        await world.sender.send_due(now)
        fake_neighbour.answer = lambda _request: Reply(410)
        await world.score(person, 2, 705, now)
        await world.sender.send_due(now)
        assert [row.problem for row in await world.calls(person)] == ["webhook_disabled", "gone"]
        assert len(await switched_off(world, person)) == 1
        await world.score(person, 3, 750, now)
        assert len(await world.calls(person)) == 2, "nothing is planned for it any more"

    outgoing(work)


def test_three_days_without_a_success_switch_a_webhook_off_and_one_success_begins_anew(
    outgoing: Run, fake_neighbour: FakeNeighbour
) -> None:
    async def work(world: Outgoing) -> None:
        begin = datetime(2026, 11, 23, 9, tzinfo=UTC)
        person = await world.person(notifications={"email": False})
        await world.webhook(person, fake_neighbour.url)

        async def alert_at(now: datetime, version: int, status: int) -> None:
            fake_neighbour.answer = lambda _request: Reply(status)
            await world.score(person, version, 600 + 10 * version, now)
            await world.sender.send_due(now)

        await alert_at(begin, 1, 500)
        await alert_at(begin + timedelta(days=2), 2, 200)
        await alert_at(begin + FAILING_MAX, 3, 500)
        await alert_at(begin + FAILING_MAX * 2 - timedelta(minutes=1), 4, 500)
        assert await switched_off(world, person) == []
        await alert_at(begin + FAILING_MAX * 2 + timedelta(minutes=1), 5, 500)
        assert len(await switched_off(world, person)) == 1

    outgoing(work)


def test_its_owner_switches_a_webhook_on_again_and_gets_what_comes_from_then_on(
    owner: ScoredPerson, fake_neighbour: FakeNeighbour
) -> None:
    webhook = add(owner, url=fake_neighbour.url).json()

    def listed() -> dict[str, Any]:
        (only,) = owner.get(PATH).json()["items"]
        return dict(only)

    for times in (1, 2):  # the second time is told as the first
        fake_neighbour.answer = lambda _request: Reply(410)
        owner.scored(500 + 100 * times)
        eventually(lambda: listed()["disabled_at"] and not owner.service.sql(UNDER_WAY, owner.user_id))
        told = [alert for alert in owner.get("/alerts/me").json() if alert["kind"] == "webhook_disabled"]
        assert len(told) == times
        fake_neighbour.answer = lambda _request: Reply()
        fake_neighbour.received.clear()
        enabled = owner.service.client.post(f"{PATH}/{webhook['id']}/enable", headers=owner.caller.headers)
        assert (enabled.status_code, enabled.json()) == (200, listed())
        assert (enabled.json()["disabled_at"], enabled.json()["failing_since"]) == (None, None)
        owner.scored(550 + 100 * times)
        wait_for(fake_neighbour, 1)


def test_an_answer_from_before_a_webhook_was_switched_off_does_not_count_once_it_is_on_again(
    outgoing: Run, fake_neighbour: FakeNeighbour
) -> None:
    async def work(world: Outgoing) -> None:
        now, under_way, late = utc_now(), threading.Event(), threading.Event()
        person = await world.person(notifications={"email": False})
        webhook = await world.webhook(person, fake_neighbour.url)

        def gone(request: Received) -> Reply:
            if request.body["data"]["kind"] == "personal_best":
                under_way.set()
                late.wait(PATIENCE_S)
            return Reply(410)

        async def one_is_under_way_and_another_was_answered() -> bool:
            return under_way.is_set() and bool(await switched_off(world, person))

        await world.score(person, 1, 700, now)
        await world.sender.send_due(now)
        fake_neighbour.answer = gone
        await world.score(person, 2, 740, now)
        sending = asyncio.create_task(world.sender.send_due(now))
        await until(one_is_under_way_and_another_was_answered)
        async with world.database.transaction() as db:
            await enable_webhook(db, person, webhook.id)
        late.set()
        assert await sending == 3
        [left] = await list_webhooks(world.database.reader, person, None, 2)
        assert (left.disabled_at, left.failing_since) == (None, None)

    outgoing(work)


def test_switching_on_what_is_on_forgets_no_failures_and_what_is_not_one_s_own_is_not_there(
    owner: ScoredPerson, new_admin: Callable[[], Caller], fake_neighbour: FakeNeighbour
) -> None:
    fake_neighbour.answer = lambda _request: Reply(500)
    webhook = add(owner, url=fake_neighbour.url).json()["id"]
    owner.scored(652)
    failing = eventually(lambda: owner.get(PATH).json()["items"][0]["failing_since"])
    client, path = owner.service.client, f"{PATH}/{webhook}/enable"
    assert client.post(path, headers=owner.caller.headers).json()["failing_since"] == failing
    off = "UPDATE webhooks SET disabled_at = now() WHERE id = %s"
    owner.service.sql(off, webhook)
    for wrong in (webhook, str(uuid7()), "7", "x"):
        answer = client.post(f"{PATH}/{wrong}/enable", headers=new_admin().headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "webhook_not_found")
    assert client.post(path).status_code == 401
    assert owner.get(PATH).json()["items"][0]["disabled_at"]


def test_deleting_a_webhook_takes_what_was_still_to_be_sent_along(
    owner: ScoredPerson, fake_neighbour: FakeNeighbour
) -> None:
    fake_neighbour.answer = lambda _request: Reply(503)
    webhook = add(owner, url=fake_neighbour.url).json()["id"]
    owner.scored(652)
    wait_for(fake_neighbour, 1)
    assert owner.count("deliveries") == 1
    assert owner.delete(f"{PATH}/{webhook}").status_code == 204
    assert owner.count("deliveries") == 0
