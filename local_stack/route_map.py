"""The route map in kong/README.md, written from kong.yml so that it cannot tell another story."""

import re
from pathlib import Path

from local_stack import kong, kong_plugins, render
from local_stack.layout import PORTS, ROOT, SERVICES

README = ROOT / "kong" / "README.md"
BEGIN, END = "<!-- routes: python -m local_stack route-map -->\n", "<!-- end of routes -->\n"


def update(readme: Path = README) -> None:
    readme.write_text(with_current_map(readme.read_text()))


def with_current_map(text: str) -> str:
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}{_table()}{END}{after}"


def _table() -> str:
    # The rendered form of no installation in particular: two origins are the fewest that the subset takes.
    upstreams = {service: (service, PORTS[service]) for service in SERVICES}
    file = kong.parse(render.render(render.Installation([], upstreams, ["http://localhost", "http://127.0.0.1"])))
    rows = [_closed_row(route) for route in file.routes]
    rows += [_row(file, route, service.name) for service in file.services for route in service.routes]
    head = ["| Route | Path below `/api/v1` | Goes to | Token | Limit a minute | Body |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def _row(file: kong.KongFile, route: kong.Route, service: str) -> str:
    by_address = route.plugin(kong_plugins.RateLimiting)
    by_token, size = file.plugin(kong_plugins.RateLimiting), route.plugin(kong_plugins.RequestSizeLimiting)
    cells = [
        route.name,
        _paths(route),
        service,
        "yes" if route.plugin(kong_plugins.Jwt) else "no",
        f"{by_address.config.minute} per address" if by_address else f"{by_token.config.minute} per token",
        f"{(size or file.plugin(kong_plugins.RequestSizeLimiting)).config.allowed_payload_size} MB",
    ]
    return "| " + " | ".join(cells) + " |"


def _closed_row(route: kong.Route) -> str:
    return f"| {route.name} | {_paths(route)} | nobody: 404 | | | |"


def _paths(route: kong.Route) -> str:
    return "<br>".join(f"`{_readable(path)}`" for path in route.paths).replace("|", "\\|")


def _readable(path: str) -> str:
    """`~/api/v1(?<rest>/users(/.*)?)$` → `/users(/.*)?`."""
    text = path.removeprefix("~/api/v1").removesuffix("$")
    if "(?<rest>" in text:
        text = text.replace("(?<rest>", "").removesuffix(")")
    return re.sub(r"\(\?<service>(\w+)\)", r"\1", text)
