"""Every router of this service."""

from user_service.routers import (
    admin,
    audit,
    auth,
    erasures,
    keys,
    mfa,
    passkeys,
    recovery,
    revocations,
    sessions,
    users,
)

ROUTERS = [
    each.router for each in (auth, recovery, mfa, passkeys, sessions, users, erasures, admin, audit, keys, revocations)
]
