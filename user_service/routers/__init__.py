"""Every router of this service."""

from user_service.routers import admin, audit, auth, keys, mfa, revocations, sessions, users

ROUTERS = [each.router for each in (auth, mfa, sessions, users, admin, audit, keys, revocations)]
