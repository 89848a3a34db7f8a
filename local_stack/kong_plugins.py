"""The plugins of Kong that both gateways are held to, with the fields that the translation to Envoy expresses.

Where Kong's default would be something else, a field has no default here, so that leaving it out is refused as well.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

HEADER_LINE = r"^[A-Za-z0-9-]+:.+$"


class Entity(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    comment: str | None = Field(None, alias="_comment")


class JwtConfig(Entity):
    key_claim_name: Literal["kid"]
    claims_to_verify: list[Literal["exp"]] = Field(min_length=1, max_length=1)
    header_names: list[Literal["authorization"]] = Field(min_length=1, max_length=1)
    cookie_names: list[str]
    uri_param_names: list[str] = Field(max_length=0)
    run_on_preflight: Literal[True] = True


class Jwt(Entity):
    name: Literal["jwt"]
    config: JwtConfig


class RateLimitingConfig(Entity):
    minute: int = Field(ge=1)
    limit_by: Literal["ip", "header"]
    header_name: str | None = None
    policy: Literal["local"]
    fault_tolerant: Literal[True] = True
    hide_client_headers: Literal[False] = False

    @model_validator(mode="after")
    def name_the_header(self) -> Self:
        if (self.limit_by == "header") != (self.header_name is not None):
            raise ValueError("header_name belongs to limit_by: header, and to nothing else")
        return self


class RateLimiting(Entity):
    name: Literal["rate-limiting"]
    config: RateLimitingConfig


class ReplaceUri(Entity):
    uri: Literal["$(uri_captures.rest)"]


class RemoveHeaders(Entity):
    headers: list[str]


class AddHeaders(Entity):
    headers: list[Annotated[str, Field(pattern=HEADER_LINE)]]


class RequestTransformerConfig(Entity):
    replace: ReplaceUri
    remove: RemoveHeaders


class RequestTransformer(Entity):
    name: Literal["request-transformer"]
    config: RequestTransformerConfig


class RequestSizeLimitingConfig(Entity):
    allowed_payload_size: int = Field(ge=1, le=100)
    size_unit: Literal["megabytes"] = "megabytes"
    require_content_length: Literal[False] = False


class RequestSizeLimiting(Entity):
    name: Literal["request-size-limiting"]
    config: RequestSizeLimitingConfig


class RequestTerminationConfig(Entity):
    status_code: Literal[404]
    message: str


class RequestTermination(Entity):
    name: Literal["request-termination"]
    config: RequestTerminationConfig


class CorrelationIdConfig(Entity):
    header_name: Literal["X-Request-ID"]
    generator: Literal["uuid"]
    echo_downstream: Literal[True]


class CorrelationId(Entity):
    name: Literal["correlation-id"]
    config: CorrelationIdConfig


class CorsConfig(Entity):
    # Kong takes an origin with other characters for a regular expression, and answers a single one to every page.
    origins: list[Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.-]+(:\d+)?$")]] = Field(min_length=2)
    methods: list[str]
    headers: list[str]
    exposed_headers: list[str]
    credentials: bool
    max_age: int
    preflight_continue: Literal[False] = False


class Cors(Entity):
    name: Literal["cors"]
    config: CorsConfig


class ResponseTransformerConfig(Entity):
    remove: RemoveHeaders = RemoveHeaders(headers=[])
    add: AddHeaders = AddHeaders(headers=[])


class ResponseTransformer(Entity):
    name: Literal["response-transformer"]
    config: ResponseTransformerConfig


class Prometheus(Entity):
    name: Literal["prometheus"]


class Propagation(Entity):
    """Without `extract`: a trace begins here, whatever a client says of one."""

    inject: list[Literal["w3c"]] = Field(min_length=1, max_length=1)
    default_format: Literal["w3c"]


class OpenTelemetryConfig(Entity):
    traces_endpoint: str = Field(pattern=r"^http://[A-Za-z0-9.-]+(:\d+)?/")
    resource_attributes: dict[Literal["service.name"], str]
    propagation: Propagation
    sampling_rate: Literal[1]


class OpenTelemetry(Entity):
    name: Literal["opentelemetry"]
    config: OpenTelemetryConfig


RoutePlugin = Annotated[
    Jwt | RateLimiting | RequestTransformer | RequestSizeLimiting | RequestTermination, Field(discriminator="name")
]
GlobalPlugin = Annotated[
    CorrelationId | Cors | RequestSizeLimiting | RateLimiting | ResponseTransformer | Prometheus | OpenTelemetry,
    Field(discriminator="name"),
]
