"""The subset of Kong's declarative schema that both gateways are held to, and reading a file of it.

A field is accepted only if the translation to Envoy expresses it; where Kong's default would be something else, the
field has no default here, so that leaving it out is refused as well.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from local_stack.errors import StackError
from local_stack.kong_plugins import Entity, GlobalPlugin, RoutePlugin

NAMED_GROUP = re.compile(r"\(\?<(\w+)>")


class NotExpressible(StackError):  # noqa: N818 - it says what is wrong with the file
    """The file asks for something the embedded gateway cannot do. The text names each such place."""


class Route(Entity):
    name: str
    paths: list[Annotated[str, Field(pattern=r"^~/")]] = Field(min_length=1)
    regex_priority: int = 0
    strip_path: Literal[False]
    preserve_host: Literal[True]
    request_buffering: Literal[True] = True
    response_buffering: bool = True
    plugins: list[RoutePlugin]

    def plugin(self, kind: type[Any]) -> Any:
        return next((plugin for plugin in self.plugins if isinstance(plugin, kind)), None)


class Service(Entity):
    name: str
    protocol: Literal["http"]
    host: str
    port: int = Field(ge=1, le=65_535)
    connect_timeout: int = Field(ge=1)
    read_timeout: int = Field(ge=1)
    write_timeout: int = Field(ge=1)
    retries: int = Field(ge=0)
    routes: list[Route]


class JwtSecret(Entity):
    key: str
    algorithm: Literal["ES256"]
    rsa_public_key: str = Field(pattern="^-----BEGIN PUBLIC KEY-----\n")


class Consumer(Entity):
    username: str
    jwt_secrets: list[JwtSecret]


class KongFile(Entity):
    format_version: Literal["3.0"] = Field(alias="_format_version")
    ignore: list[Any] = Field(default=[], alias="_ignore")
    services: list[Service]
    routes: list[Route]
    consumers: list[Consumer]
    plugins: list[GlobalPlugin]

    def plugin(self, kind: type[Any]) -> Any:
        return next((plugin for plugin in self.plugins if isinstance(plugin, kind)), None)


def parse(document: Any) -> KongFile:
    """Read a declarative file. Raises NotExpressible naming every field that is outside the subset."""
    try:
        file = KongFile.model_validate(document)
    except ValidationError as error:
        lines = [f"{_place(document, each['loc'])}: {each['msg']}" for each in error.errors()]
        raise NotExpressible("\n".join(lines)) from error
    _refuse_twins(file)
    return file


def _place(document: Any, location: tuple[int | str, ...]) -> str:
    """`("services", 0, "routes", 1, "plugins", 0, "jwt", "config", "anonymous")` with names in the place of indexes."""
    parts: list[str] = []
    here = document
    for step in location:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            # pydantic names the kind of a plugin after its index; the name stands there already.
            if [str(step)] != parts[-1:]:
                parts.append(str(step))
            continue
        named = isinstance(step, int) and isinstance(here, dict)
        parts.append(str(here.get("name") or here.get("username") or here.get("key") or step) if named else str(step))
    return ".".join(parts)


def _refuse_twins(file: KongFile) -> None:
    routes = [*file.routes, *(route for service in file.services for route in service.routes)]
    scopes: dict[str, Sequence[Any]] = {"plugins": file.plugins}
    scopes |= {f"{route.name}.plugins": route.plugins for route in routes}
    lists: dict[str, list[str]] = {name: [plugin.name for plugin in each] for name, each in scopes.items()}
    lists["routes"] = [route.name for route in routes]
    lists["services"] = [service.name for service in file.services]
    lists["consumers.jwt_secrets"] = [key.key for consumer in file.consumers for key in consumer.jwt_secrets]
    twins = [
        f"{place}.{name}: stands twice"
        for place, names in lists.items()
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    if twins:
        raise NotExpressible("\n".join(twins))
