"""Every router of this service."""

from user_service.routers import admin, audit, auth, keys, mfa, passkeys, recovery, revocations, sessions, users

ROUTERS = [each.router for each in (auth, recovery, mfa, passkeys, sessions, users, admin, audit, keys, revocations)]
