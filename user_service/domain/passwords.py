"""Which passwords are refused when they are chosen. There are no rules about kinds of characters."""

import unicodedata

from user_service.domain.common_passwords import COMMON_PASSWORDS

LENGTH_MIN = 10
LENGTH_MAX = 128
ENGLISH = {
    "common": "is one of the most common passwords",
    "repeated": "must be more than one character repeated",
    "own": "must not be your email address or username",
}


def normalise(password: str) -> str:
    """One form for what keyboards compose differently: `e` + a combining acute accent becomes `é`."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, email: str, username: str | None) -> str | None:
    """Why this password cannot be chosen by this person, or None.

    `weakness("Password123", "an@example.com", None)` names it as common; the same person's "an@example.com" is refused
    as their own address.
    """
    folded = password.casefold()
    if folded in COMMON_PASSWORDS:
        return ENGLISH["common"]
    if len(set(folded)) == 1:
        return ENGLISH["repeated"]
    own = {email, email.partition("@")[0], username or ""}
    if folded in {name.casefold() for name in own}:
        return ENGLISH["own"]
    return None
