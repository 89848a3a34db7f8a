"""Headers by which some gateway or framework says who is calling, from where, or what was really asked for."""

from collections.abc import Iterator

NAMING = (
    "X-User-Id", "X-Consumer-Id", "X-Consumer-Username", "X-Consumer-Custom-Id", "X-Authenticated-Userid",
    "X-Authenticated-Scope", "X-Credential-Identifier", "X-Anonymous-Consumer", "X-Jwt-Payload", "X-Jwt-Claim-Sub",
    "X-Forwarded-User", "X-Forwarded-Email", "X-Auth-Request-User", "X-Remote-User", "Remote-User", "X-Admin",
    "X-Roles", "X-Envoy-Peer-Metadata", "X-Userinfo", "Proxy-Authorization",
)  # fmt: skip
PLACING = {
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Host": "localhost",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Prefix": "/internal",
    "X-Forwarded-Port": "8003",
    "Forwarded": "for=127.0.0.1;host=localhost;proto=https",
    "Via": "1.1 kong",
    "X-Real-IP": "127.0.0.1",
    "True-Client-IP": "127.0.0.1",
    "X-Client-IP": "127.0.0.1",
    "X-Envoy-External-Address": "127.0.0.1",
    "X-Envoy-Internal": "true",
}
REWRITING = {
    "X-Original-URL": "/.well-known/jwks.json",
    "X-Rewrite-URL": "/.well-known/jwks.json",
    "X-Original-URI": "/.well-known/jwks.json",
    "X-Envoy-Original-Path": "/.well-known/jwks.json",
    "X-HTTP-Method-Override": "DELETE",
    "X-Method-Override": "DELETE",
}


def identity_headers(user_id: str) -> Iterator[dict[str, str]]:
    """Each alone, and those that name the person beside one that says that the call is local."""
    for name in NAMING:
        yield {name: user_id}
        yield {name: user_id, "X-Forwarded-For": "127.0.0.1"}
    for name, value in {**PLACING, **REWRITING}.items():
        yield {name: value}
