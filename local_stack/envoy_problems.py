"""The gateway's own errors as the problem documents that services answer with (RFC 9457)."""

from typing import Any

CONTENT_TYPE = "application/problem+json"

# The codes and sentences are those of service_kit.problems wherever a service could have answered the same.
PROBLEMS: dict[int, tuple[str, str]] = {
    400: ("malformed_request", "The request could not be read."),
    401: ("unauthenticated", "A valid sign-in is needed."),
    403: ("forbidden", "This is not allowed."),
    404: ("not_found", "There is nothing here for you."),
    405: ("method_not_allowed", "This method is not allowed here."),
    408: ("request_timeout", "The request took too long to arrive."),
    413: ("body_too_large", "The request's body is larger than allowed."),
    429: ("too_many_requests", "Too many requests. Please wait a little."),
    431: ("headers_too_large", "The request's headers are larger than allowed."),
    500: ("internal_error", "Something went wrong on our side."),
    502: ("bad_gateway", "The service gave no valid answer. Please try again shortly."),
    503: ("unavailable", "The service cannot answer right now. Please try again shortly."),
    504: ("gateway_timeout", "The service took too long to answer."),
}


# Errors raised before the request was read: there may be no path to name.
UNREAD = frozenset({400, 408, 431})


def local_reply_config() -> dict[str, Any]:
    return {
        "mappers": [_mapper(status) for status in PROBLEMS],
        "body_format": _body("%RESPONSE_CODE%", "error", "The request failed."),
    }


def _mapper(status: int) -> dict[str, Any]:
    code, title = PROBLEMS[status]
    return {
        "filter": {
            "status_code_filter": {
                "comparison": {"op": "EQ", "value": {"default_value": status, "runtime_key": f"problem_{status}"}}
            }
        },
        "headers_to_add": _retry_after(status),
        "body_format_override": _body(status, code, title),
    }


def _body(status: int | str, code: str, title: str) -> dict[str, Any]:
    document = {
        "type": f"urn:problem:{code}",
        "title": title,
        "status": status,
        "detail": title,
        "code": code,
        "message": title,
        "request_id": "%REQ(X-REQUEST-ID)%",
    }
    if status not in UNREAD:
        document["instance"] = "%PATH(NQ)%"
    return {"json_format": document, "content_type": CONTENT_TYPE}


def _retry_after(status: int) -> list[dict[str, Any]]:
    if status not in {502, 503}:
        return []
    return [{"header": {"key": "Retry-After", "value": "1"}, "append_action": "ADD_IF_ABSENT"}]
