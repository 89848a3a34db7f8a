"""Traces of requests, of calls to other services and of events, sent to OTEL_EXPORTER_OTLP_ENDPOINT (ADR 0028).

Imported only where there is one. FastAPI itself makes the spans of requests.
"""

from collections.abc import Sequence
from typing import Any

from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, Sampler, SamplingResult
from opentelemetry.trace import SpanKind, Status
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

# An address has people's ids in it, a query what they look for, an exception what was sent: none of them leaves.
ALLOWED = frozenset({"http.request.method", "http.route", "http.response.status_code", "error.type",
                     "http.method", "http.status_code", "server.address", "server.port"})  # fmt: skip
EXPORT_LIMIT_S = 2

calls = HTTPXClientInstrumentor()


class Exporter(OTLPSpanExporter):
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return super().export([bare(span) for span in spans])


def bare(span: ReadableSpan) -> ReadableSpan:
    """A span with nothing but names, times, and attributes that say nothing of anybody."""
    allowed = {name: value for name, value in (span.attributes or {}).items() if name in ALLOWED}
    return ReadableSpan(
        name=span.name, context=span.context, parent=span.parent, resource=span.resource, attributes=allowed,
        kind=span.kind, status=Status(span.status.status_code), start_time=span.start_time, end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )  # fmt: skip


class Requested(Sampler):
    """A trace begins with a request or an event. A call that neither makes, for news of ended sessions, is none."""

    def should_sample(self, *_: Any, kind: SpanKind | None = None, **__: Any) -> SamplingResult:
        return SamplingResult(Decision.DROP if kind is SpanKind.CLIENT else Decision.RECORD_AND_SAMPLE)

    def get_description(self) -> str:
        return "requested"


def start(service: str, endpoint: str) -> TracerProvider:
    """Trace this process; whoever starts it shuts it down, which sends what is left."""
    provider = TracerProvider(ParentBased(Requested()), Resource.create({"service.name": service}))
    exporter = Exporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_LIMIT_S)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    # Baggage is what callers please, and would go wherever we call.
    propagate.set_global_textmap(TraceContextTextMapPropagator())
    return provider
