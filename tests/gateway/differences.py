"""Where the two gateways honestly differ. Everything that is not named here must be equal.

Kong's column was observed on Kong 3.9.3 (DB-less) unless it says otherwise, Envoy's is what this suite sees.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Difference:
    what: str
    kong: Any
    envoy: Any
    why_it_is_bearable: str


ENCODED_SLASH = Difference(
    "status of a path with %2F or %5C in it",
    kong="as the service answers",
    envoy=400,
    why_it_is_bearable="no path of ours has one, and services do not decode a second time",
)
PROBLEM_DOCUMENTS = Difference(
    "errors of the gateway's own are problem documents",
    kong=False,
    envoy=True,
    why_it_is_bearable="status codes are equal; clients that meet Kong read `message`, which both have",
)
RETRY_AFTER = Difference(
    "seconds in Retry-After of a 429",
    kong="to the end of the clock's minute",
    envoy="to the next free place, since a bucket fills evenly",
    why_it_is_bearable="both are the truth of their gateway, and the allowance a minute is the same",
)
EXPECT_CONTINUE = Difference(
    "status of a body over the limit announced by Expect: 100-continue",
    kong=400,
    envoy=413,
    why_it_is_bearable="refused either way, before the service hears of it",
)
FORWARDED_FOR = Difference(
    "a client's own X-Forwarded-For",
    kong="stays in front of the address Kong appends",
    envoy="is replaced by the address",
    why_it_is_bearable="services read the last address only, which is right in both",
)
UNKNOWN_METHOD = Difference(
    "status of a method nobody knows",
    kong="as the service answers (405)",
    envoy=400,
    why_it_is_bearable="refused either way",
)
TRACE = Difference(
    "status of TRACE",
    kong=405,
    envoy="as the service answers (405)",
    why_it_is_bearable="no service has a TRACE route",
)
NO_KEY_ID = Difference(
    "status of a rightly signed token without kid",
    kong=401,
    envoy="as the service answers (401)",
    why_it_is_bearable="services ask for kid themselves",
)
NOT_BEFORE = Difference(
    "status of a token that is not yet valid (nbf)",
    kong="as the service answers (401)",
    envoy=401,
    why_it_is_bearable="services check nbf themselves",
)
CLOCK_SKEW = Difference(
    "seconds a token is taken after its expiry",
    kong=0,
    envoy=1,
    why_it_is_bearable="services allow none",
)
HEADERS_TOO_LARGE = Difference(
    "status of headers over the limit",
    kong=(400, 494),
    envoy=(431,),
    why_it_is_bearable="refused either way; both take 8 KB in one header",
)

TABLE = tuple(value for value in globals().values() if isinstance(value, Difference))
