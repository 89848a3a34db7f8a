"""The translation of a rendered kong.yml into Envoy's configuration.

Envoy is given a bootstrap that never changes and two files it watches, so that a new key or route is taken up
without a dropped request.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_stack import envoy_admin_api, envoy_filters, envoy_problems, envoy_routes, envoy_traces, kong, kong_plugins
from local_stack.files import write_private

HEADERS_KB_MAX = 32
HEADERS_TIMEOUT = "10s"
REQUEST_TIMEOUT = "60s"
IDLE_TIMEOUT = "75s"
CONNECTIONS_MAX = 10_000
# How long things took is not kept: to note it costs every request, and Kong's plugin does so only when told to.
TIMES = ("_time", "_ms")


@dataclass(frozen=True)
class Gateway:
    """Where one Envoy listens and where its files are."""

    folder: Path
    address: str
    port: int
    admin_socket: Path
    admin_api_port: int | None = None

    @property
    def bootstrap(self) -> Path:
        return self.folder / "bootstrap.json"

    def write(self, file: kong.KongFile) -> None:
        """Write all of Envoy's files; a running Envoy takes the listener and the clusters up by itself."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(self.folder / "clusters.json", {"resources": envoy_routes.clusters(file)})
        _write(self.folder / "listeners.json", {"resources": list(self._listeners(file))})
        _write(self.bootstrap, self._bootstrap())

    def _bootstrap(self) -> dict[str, Any]:
        return {
            "node": {"id": "gateway", "cluster": "credit-score-backend"},
            # A socket file, not a port: any web page can POST /quitquitquit to a loopback port.
            "admin": {"address": {"pipe": {"path": str(self.admin_socket), "mode": 0o600}}},
            "dynamic_resources": {name: self._watched(file) for name, file in WATCHED.items()},
            "overload_manager": {"resource_monitors": [_connection_limit()]},
            "stats_config": {"stats_matcher": {"exclusion_list": {"patterns": [{"suffix": end} for end in TIMES]}}},
        }

    def _watched(self, file: str) -> dict[str, Any]:
        return {
            "resource_api_version": "V3",
            "path_config_source": {
                "path": str(self.folder / file),
                "watched_directory": {"path": str(self.folder)},
            },
        }

    def _listeners(self, file: kong.KongFile) -> Iterator[dict[str, Any]]:
        yield self._listener("gateway", self.port, connection_manager(file))
        if self.admin_api_port is not None:
            port = self.admin_api_port
            yield self._listener("admin-api", port, envoy_admin_api.connection_manager(file, port))

    def _listener(self, name: str, port: int, manager: dict[str, Any]) -> dict[str, Any]:
        return {
            "@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
            "name": name,
            "address": {"socket_address": {"address": self.address, "port_value": port}},
            "filter_chains": [
                {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
            ],
        }


WATCHED = {"lds_config": "listeners.json", "cds_config": "clusters.json"}


def connection_manager(file: kong.KongFile) -> dict[str, Any]:
    return {
        "@type": (
            "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
        ),
        "stat_prefix": "gateway",
        "server_header_transformation": "PASS_THROUGH",
        # The caller's address is the TCP peer's; with the defaults a changing X-Forwarded-For escapes the limits.
        "use_remote_address": True,
        "xff_num_trusted_hops": 0,
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
        "preserve_external_request_id": True,
        "always_set_request_id_in_response": True,
        "request_timeout": REQUEST_TIMEOUT,
        "request_headers_timeout": HEADERS_TIMEOUT,
        "common_http_protocol_options": {"idle_timeout": IDLE_TIMEOUT},
        "max_request_headers_kb": HEADERS_KB_MAX,
        **envoy_traces.tracing(file.plugin(kong_plugins.OpenTelemetry)),
        "local_reply_config": envoy_problems.local_reply_config(),
        "http_filters": envoy_filters.http_filters(file),
        "route_config": {"name": "gateway", "virtual_hosts": [envoy_routes.virtual_host(file)]},
    }


def _connection_limit() -> dict[str, Any]:
    extension = "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig"
    config = {"@type": f"type.googleapis.com/{extension}", "max_active_downstream_connections": CONNECTIONS_MAX}
    return {"name": "envoy.resource_monitors.global_downstream_max_connections", "typed_config": config}


def _write(path: Path, document: dict[str, Any]) -> None:
    write_private(path, json.dumps(document, indent=1))
