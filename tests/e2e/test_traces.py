"""`make up` with a collector: one request is one trace, from the gateway to the alert that its event brings."""

from tests.support.collector import CLIENT, PRODUCER, SERVER, Collector, Span
from tests.support.stack import running_stack


def above(collector: Collector, span: Span) -> list[Span]:
    """A span and those it came from, beginning with the one that has no parent."""
    if not span.parent:
        return [span]
    return [*above(collector, collector.wait_for(lambda other: other.id == span.parent)), span]


def test_one_trace_leads_from_the_gateway_to_the_alert(collector: Collector) -> None:
    with running_stack("traced", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as stack:
        person = stack.new_person()
        person.answer_survey()
        person.ok("POST", "/scores/me/calculate?search=something")
        person.wait_for("/alerts/me", bool)
        taken = collector.wait_for(lambda span: span.name == "POST /score-updates")
        spans = above(collector, taken)
        assert [(span.service, span.kind) for span in spans] == [
            ("gateway", SERVER),
            ("score_service", SERVER),
            ("score_service", PRODUCER),
            ("score_service", CLIENT),
            ("alert_service", SERVER),
        ]
        assert [span.name for span in spans[:2]] == ["scores", "POST /scores/{user_id}/calculate"]
        assert {span.trace for span in spans} == {taken.trace}
        # Those of this person may not all have been sent yet.
        collector.wait_for(lambda span: span.name == "GET /alerts/{user_id}")
        sent = b"".join(collector.bodies)
        for secret in (person.email, person.user_id, person.session["access_token"], "search=something"):
            assert secret.encode() not in sent
