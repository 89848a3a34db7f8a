"""With a collector, the gateway's span is where a trace begins, and nothing of anybody is in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_stack import envoy_traces, render
from tests.gateway.conftest import Target, new_caller, own_gateway
from tests.gateway.wire import Caller
from tests.support.collector import SERVER, Collector, Span

ME = "/api/v1/users/me"
TRACE = "0af7651916cd43dd8448eb211c80319c"
MARKER = "marker-9f2c"
MARKED = [(name, MARKER) for name in ("User-Agent", "X-Request-ID", "X-Client-Trace-Id", "Referer", "Cookie",
                                      "X-Envoy-Downstream-Service-Cluster", "baggage", "X-Forwarded-For")]  # fmt: skip


@pytest.fixture
def target(tmp_path: Path, collector: Collector) -> Iterator[Target]:
    def trace(document: dict[str, Any]) -> None:
        document["plugins"].append(render.traced(collector.url))

    yield from own_gateway(tmp_path, trace)


def span_of(collector: Collector, trace: str) -> Span:
    return collector.wait_for(lambda span: span.trace == trace)


def parts(traceparent: str | None) -> tuple[str, str, str]:
    _, trace, span, flags = (traceparent or "").split("-")
    return trace, span, flags


def test_the_service_hears_of_the_gateways_span(
    target: Target, caller: Caller, bearer: tuple[str, str], collector: Collector
) -> None:
    trace, parent, flags = parts(caller.send("GET", ME, [bearer]).heard.one("traceparent"))
    span = span_of(collector, trace)
    assert (span.service, span.name, span.kind, span.id, span.parent) == ("gateway", "users", SERVER, parent, "")
    assert span.attributes["http.status_code"] == "200"
    assert flags == "01"


@pytest.mark.parametrize("flags", ["00", "01"])
def test_a_client_can_neither_join_a_trace_nor_keep_out_of_one(
    target: Target, caller: Caller, bearer: tuple[str, str], collector: Collector, flags: str
) -> None:
    said = [("traceparent", f"00-{TRACE}-b7ad6b7169203331-{flags}"), ("tracestate", f"vendor={MARKER}")]
    heard = caller.send("GET", ME, [bearer, *said, ("X-Request-ID", "no-uuid-at-all")]).heard
    trace, _, sampled = parts(heard.one("traceparent"))
    assert trace != TRACE
    assert sampled == "01"
    assert MARKER not in "".join(heard.all("tracestate"))
    assert span_of(collector, trace).parent == ""


def test_nothing_of_anybody_is_in_the_gateways_spans(
    target: Target, bearer: tuple[str, str], token: str, collector: Collector
) -> None:
    caller = new_caller(target)
    for path in (f"{ME}/{MARKER}?search={MARKER}", f"/api/v1/nowhere/{MARKER}?search={MARKER}"):
        caller.send("GET", path, [bearer, *MARKED])
    caller.send("GET", f"{ME}?search={MARKER}", MARKED)
    collector.wait_for(lambda span: span.attributes["http.status_code"] == "404")
    collector.wait_for(lambda span: span.attributes["http.status_code"] == "401")
    sent = b"".join(collector.bodies)
    assert b"http.method" in sent, "the control: what is looked for would be found"
    for secret in (MARKER, token, caller.address or MARKER):
        assert secret.encode() not in sent


def test_a_collector_that_is_away_holds_nobody_up(
    target: Target, caller: Caller, bearer: tuple[str, str], collector: Collector
) -> None:
    collector.close()
    assert [caller.send("GET", ME, [bearer]).status for _ in range(20)] == [200] * 20


def test_what_is_kept_out_would_be_there(tmp_path: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of both: an Envoy that is told nothing of it writes all of it down, and believes the client."""
    monkeypatch.setattr(envoy_traces, "NOT_TOLD", ())
    monkeypatch.setattr(envoy_traces, "NOT_HEARD", ("x-nothing",))
    believing = own_gateway(tmp_path, lambda document: document["plugins"].append(render.traced(collector.url)))
    caller = new_caller(next(believing))
    caller.send("GET", f"{ME}?search={MARKER}", [("traceparent", f"00-{TRACE}-b7ad6b7169203331-01"), *MARKED])
    tags = span_of(collector, TRACE).attributes
    believing.close()
    assert MARKER in tags["http.url"]
    assert tags["user_agent"] == tags["guid:x-request-id"] == tags["guid:x-client-trace-id"] == MARKER
    assert tags["peer.address"] == caller.address
