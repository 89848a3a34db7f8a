"""Every operation of the committed contracts: whom it is for, which ids it takes, and a body that its schema allows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import uuid4

from tests.support.services import ROOT

CONTRACTS = ROOT / "contracts" / "openapi"
METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options", "trace"})


@dataclass(frozen=True, eq=False)
class Operation:
    service: str
    method: str
    path: str
    spec: dict[str, Any]
    components: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.path}"

    @property
    def key(self) -> tuple[str, str, str]:
        return self.service, self.method, self.path

    @property
    def audience(self) -> str:
        schemes = {name for each in self.spec.get("security", []) for name in each}
        if not schemes:
            return "anyone"
        if schemes == {"service_token"}:
            return "service"
        return "administrator" if "admin" in self.path.split("/") else "person"

    @cached_property
    def ids_in_path(self) -> frozenset[str]:
        return frozenset(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @cached_property
    def ids_in_query(self) -> frozenset[str]:
        parameters = [self._resolved(each) for each in self.spec.get("parameters", [])]
        return frozenset(each["name"] for each in parameters if each["in"] == "query" and is_id(each["name"]))

    @cached_property
    def required_query(self) -> dict[str, Any]:
        parameters = [self._resolved(each) for each in self.spec.get("parameters", [])]
        required = [each for each in parameters if each["in"] == "query" and each.get("required")]
        return {each["name"]: self._value(each["schema"]) for each in required}

    @cached_property
    def ids_in_body(self) -> frozenset[str]:
        return frozenset(name for name in self._body_schema.get("properties", {}) if is_id(name))

    @property
    def ids(self) -> frozenset[str]:
        return self.ids_in_path | self.ids_in_query | self.ids_in_body

    def body(self) -> Any:
        """What the documentation page would send: examples where the schema has them, and the fewest fields."""
        schema = self._body_schema
        if not schema:
            return None
        if "examples" in schema:
            return schema["examples"][0]
        properties = schema.get("properties", {})
        wanted = schema.get("required") or [name for name, each in properties.items() if "examples" in each][:1]
        return {name: self._value(properties[name], name) for name in wanted}

    @property
    def takes_file(self) -> bool:
        return "multipart/form-data" in self._content

    @property
    def _content(self) -> dict[str, Any]:
        content: dict[str, Any] = self.spec.get("requestBody", {}).get("content", {})
        return content

    @cached_property
    def _body_schema(self) -> dict[str, Any]:
        return self._object(self._content.get("application/json", {}).get("schema", {}))

    def _object(self, schema: dict[str, Any]) -> dict[str, Any]:
        schema = self._resolved(schema)
        return self._object(schema["anyOf"][0]) if "anyOf" in schema and "properties" not in schema else schema

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in node:
            return node
        _, _, kind, name = node["$ref"].split("/")
        return {**self.components[kind][name], **{key: each for key, each in node.items() if key != "$ref"}}

    def _value(self, schema: dict[str, Any], name: str = "") -> Any:
        schema = self._resolved(schema)
        for given in ("examples", "enum"):
            if given in schema and name != "event_id":
                return schema[given][0]
        if "anyOf" in schema:
            return self._value(schema["anyOf"][0], name)
        if schema.get("format") == "uuid":
            return str(uuid4())
        fields = schema.get("properties", {})
        return {each: self._value(fields[each], each) for each in schema.get("required", [])}


def is_id(name: str) -> bool:
    return name.endswith("_id") and name != "event_id"


def operations(service: str) -> Iterator[Operation]:
    document = json.loads((CONTRACTS / f"{service}.json").read_text())
    for path, methods in document["paths"].items():
        for method, spec in methods.items():
            if method in METHODS:
                yield Operation(service, method.upper(), path, spec, document["components"])
