"""`Link: <…>; rel="next"` for lists that are bare arrays."""

from urllib.parse import urlencode

from fastapi import Request, Response


def set_next_link(request: Request, response: Response, cursor: str | None) -> None:
    """Name the next page by its query alone, which holds at the service's own port and behind any gateway's prefix."""
    if cursor is not None:
        query = urlencode({**request.query_params, "cursor": cursor})
        response.headers["Link"] = f'<?{query}>; rel="next"'
