"""One-time codes: which of them are good now, and how they may be typed."""

from hmac import compare_digest

from pyotp import HOTP

STEP_S = 30


def plain(otp: str) -> str:
    """A code as people type it, without spaces and hyphens: `abcd-efgh 2345` → `ABCDEFGH2345`."""
    return "".join(character for character in otp.upper() if character not in " -")


def matching_step(secret: str, otp: str, now: float) -> int | None:
    """The 30-second step whose code this is (RFC 6238), or None; one step early or late is forgiven to slow clocks.

    The secret GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ has the code 287082 in step 1, which is looked for from second 0 to 89.
    """
    current = int(now) // STEP_S
    for step in (current, current - 1, current + 1):
        if compare_digest(HOTP(secret).at(max(step, 0)).encode(), otp.encode()):
            return step
    return None
