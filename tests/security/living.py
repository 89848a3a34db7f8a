"""Requests that are served to those who may send them: with living ids, good codes and files that can be read."""

from typing import Any

import httpx

from tests.security.belongings import PERSONAL, Owner, Place
from tests.security.operations import Operation
from tests.security.own_rules import BODIES, CALLERS, FILES, HEADERS


class Living:
    """One request to an operation, and the owner of all that is in it, who was made for it."""

    def __init__(self, operation: Operation, place: Place) -> None:
        self.operation, self.owner = operation, place.new_owner(operation.ids)
        self.ids = self.owner.ids
        self._body = BODIES[operation.key](self.owner) if operation.key in BODIES else operation.body()
        self.file = FILES[operation.key]() if operation.takes_file else None

    def send(self, ids: dict[str, str], headers: dict[str, str]) -> httpx.Response:
        path, client = self.operation.path, self.owner.place.service.client
        for name in self.operation.ids_in_path:
            path = path.replace(f"{{{name}}}", ids[name])
        files = {"file": ("sent.csv", self.file)} if self.file is not None else None
        request = {"params": self.query(ids), "json": self.body(ids), "headers": headers, "files": files}
        with client.stream(self.operation.method, path, **request) as answer:
            if not answer.headers.get("content-type", "").startswith("text/event-stream"):
                answer.read()
        # A login leaves cookies, and the next request is somebody else's.
        client.cookies.clear()
        return answer

    def query(self, ids: dict[str, str]) -> dict[str, Any]:
        return {**self.operation.required_query, **{name: ids[name] for name in self.operation.ids_in_query}}

    def body(self, ids: dict[str, str]) -> Any:
        if not isinstance(self._body, dict):
            return self._body
        named = self.operation.ids_in_body & PERSONAL
        return {**self._body, **{name: _like(self._body.get(name), ids[name]) for name in named}}

    def headers(self) -> dict[str, str]:
        return {**HEADERS.get(self.operation.key, {}), **sender(self.operation, self.owner.place, self.owner)}


def sender(operation: Operation, place: Place, owner: Owner | None = None) -> dict[str, str]:
    """The headers of somebody who may ask this."""
    match operation.audience:
        case "service":
            return place.service_headers(min(CALLERS[operation.key]), place.service.name)
        case "administrator":
            return place.person("admin").headers
        case "person":
            return (owner.caller if owner else place.person()).headers
        case _:
            return {}


def _like(given: object, value: str) -> str | int:
    return int(value) if isinstance(given, int) else value
