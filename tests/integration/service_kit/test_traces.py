"""Traces span services and the outbox, carry nothing of anybody, and cost nothing where they are sent nowhere."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from opentelemetry.sdk.trace import TracerProvider

from service_kit.telemetry import bare
from tests.integration.score_service.borrower import FEATURES
from tests.support.callers import Caller, Keys
from tests.support.collector import CLIENT, PRODUCER, SERVER, Collector
from tests.support.services import ROOT, RunningService, RunService, service_env
from tests.support.waiting import eventually

MARKER = "marker-9f2c"
# Of a trace whose root somebody else made.
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def traced(run_service: RunService, collector: Collector) -> Callable[..., RunningService]:
    def run(name: str, **env: str) -> RunningService:
        return run_service(name, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_BSP_SCHEDULE_DELAY="100", **env)

    return run


def test_one_trace_spans_a_score_its_event_and_the_alert(
    traced: Callable[..., RunningService], collector: Collector, new_person: Callable[..., Caller]
) -> None:
    alerts = traced("alert_service")
    scores = traced("score_service", ALERT_SERVICE_URL=alerts.base_url)
    person = new_person()
    headers = {**person.headers, "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    scores.client.post("/scores/me/calculate", json={"features": FEATURES}, headers=headers).raise_for_status()
    taken = collector.wait_for(lambda span: span.service == "alert_service" and span.kind == SERVER)
    call = collector.wait_for(lambda span: span.id == taken.parent)
    event = collector.wait_for(lambda span: span.id == call.parent)
    request = collector.wait_for(lambda span: span.id == event.parent)
    chain = [request, event, call, taken]
    assert [span.kind for span in chain] == [SERVER, PRODUCER, CLIENT, SERVER]
    assert [span.service for span in chain] == ["score_service"] * 3 + ["alert_service"]
    assert {span.trace for span in chain} == {TRACE}
    assert request.name == "POST /scores/{user_id}/calculate"
    assert request.parent == "b7ad6b7169203331"


def test_nothing_of_anybody_is_in_a_span(
    traced: Callable[..., RunningService], collector: Collector, new_person: Callable[..., Caller]
) -> None:
    alerts = traced("alert_service")
    profiles = traced("profile_service", ALERT_SERVICE_URL=alerts.base_url)
    person = new_person()
    marked = {"User-Agent": MARKER, "baggage": f"who={MARKER}", "X-Forwarded-For": "203.0.113.77"}
    headers = {**person.headers, **marked}
    body = {"full_name": MARKER, "email": f"{MARKER}@example.com", "phone": "0912 345 678"}
    profiles.client.put("/profile/me", json=body, headers=headers).raise_for_status()
    profiles.client.put("/preferences/me", json={"theme": "dark", "language": "vi"}, headers=headers).raise_for_status()
    profiles.client.get(f"/profile/me?search={MARKER}", headers=headers).raise_for_status()
    assert alerts.client.get(f"/goals/{person.user_id}?search={MARKER}", headers=headers).status_code < 500
    assert profiles.client.put("/profile/me", json={"nobody": MARKER}, headers=headers).status_code == 422
    collector.wait_for(lambda span: span.attributes.get("http.response.status_code") == "422")
    collector.wait_for(lambda span: span.service == "alert_service" and "{user_id}" in span.name)
    collector.wait_for(lambda span: span.kind == CLIENT)
    sent = b"".join(collector.bodies)
    assert b"/profile/me" in sent, "the control: what is looked for would be found"
    for secret in (MARKER, str(person.user_id), person.token, "203.0.113.77", "0912"):
        assert secret.encode() not in sent


def test_what_the_filter_is_for_is_there_before_it() -> None:
    with (
        TracerProvider(shutdown_on_exit=False).get_tracer("test").start_as_current_span("GET /goals/{user_id}") as span
    ):
        span.set_attributes({"url.query": MARKER, "url.path": MARKER, "http.route": "/goals/{user_id}"})
        span.record_exception(ValueError(MARKER))
        span.set_status(2, MARKER)  # type: ignore[arg-type]
    assert MARKER in span.to_json()  # type: ignore[attr-defined]
    left = bare(span)  # type: ignore[arg-type]
    assert MARKER not in left.to_json()
    assert left.attributes == {"http.route": "/goals/{user_id}"}


def test_looking_after_a_service_and_its_own_polling_make_no_traces(
    traced: Callable[..., RunningService], collector: Collector
) -> None:
    users = traced("user_service")
    surveys = traced("survey_service", USER_SERVICE_URL=users.base_url)
    for _ in range(3):
        surveys.client.get("/metrics").raise_for_status()
    eventually(lambda: "/internal/revocations" in users.client.get("/metrics").text, "one has asked the other for news")
    surveys.client.get("/survey/questions")
    users.client.get("/.well-known/jwks.json")
    for service in ("survey_service", "user_service"):  # a service sends its spans in their order
        collector.wait_for(lambda span, service=service: span.service == service)
    assert {(span.service, span.name) for span in collector.spans} == {
        ("survey_service", "GET /survey/questions"), ("user_service", "GET /.well-known/jwks.json")
    }  # fmt: skip


def test_a_collector_that_is_away_holds_nobody_up(run_service: RunService, new_person: Callable[..., Caller]) -> None:
    service = run_service("profile_service", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    for _ in range(20):
        assert service.client.get("/profile/me", headers=new_person().headers).status_code == 404
    service.stop()
    assert service.process.returncode in (0, -15), "it ended by itself"


def test_without_a_collector_nothing_of_it_is_imported(keys: Keys) -> None:
    program = "import sys, score_service.main; print(sys.modules.keys() & {'opentelemetry.sdk', 'google.protobuf'})"
    env = service_env("score_service", keys, "postgresql://nobody@127.0.0.1/none", {})
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
