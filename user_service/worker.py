"""What lives as long as the service does: keys, threads that hash passwords, the feed of revocations, the audit log's
seal, the relays of events and mails, the sweeper."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial

from fastapi import FastAPI
from prometheus_client import Gauge

from service_kit.app import repeating, running
from service_kit.database import AWAY, Database
from service_kit.http_client import ServiceClient
from service_kit.idempotency import IDEMPOTENCY_KEYS_KEPT
from service_kit.mail import MAIL_LEASE_S, Mailer
from service_kit.outbox import DELIVERED_EVENTS_KEPT, Relay, by_kind
from service_kit.privacy import erased_again
from service_kit.sweeping import older_than, sweeping
from service_kit.tokens import PERSON_TOKEN_LIFE_MAX_S, KeySet, SigningKey
from user_service.clients.alerts import AlertClient
from user_service.clients.neighbours import Neighbours
from user_service.clients.profiles import ProfileClient
from user_service.core.hashing import PasswordHasher
from user_service.core.heads import HeadsFile
from user_service.core.keys import Keys
from user_service.core.relying_party import CHALLENGE_LIFE_S
from user_service.crud import attempts as attempts_crud
from user_service.crud import sessions as sessions_crud
from user_service.events.accounts import CONSENT_GIVEN, ERASURE_REQUESTED
from user_service.models import Base, challenges, idempotency_keys, mails, one_time_codes, outbox
from user_service.models import revocations as revocations_table
from user_service.services.audit import seal
from user_service.services.erasures import HOLDERS, Eraser
from user_service.services.mails import Post
from user_service.services.notices import ADDRESS_CHANGED, SECURITY_NOTICE
from user_service.services.revocations import Feed

# A mail that is tried once more must find its code used, not gone.
CODES_KEPT = timedelta(days=1)
# A minute more than a token lives, for what lies between a transaction's start, whose time a row has, and its commit.
REVOCATIONS_KEPT = timedelta(seconds=PERSON_TOKEN_LIFE_MAX_S + 60)

SEAL_EVERY_S = 1.0

sealed_at = Gauge("audit_sealed_timestamp_seconds", "When all of the audit log was last known to be sealed")


@asynccontextmanager
async def keys(app: FastAPI) -> AsyncIterator[None]:
    app.state.keys = Keys(app.state.settings)
    if app.state.keys.public:
        app.state.authenticator.use(KeySet.from_jwks({"keys": app.state.keys.public}))
    yield


@asynccontextmanager
async def hashing(app: FastAPI) -> AsyncIterator[None]:
    app.state.hasher = PasswordHasher(app.state.settings)
    yield
    app.state.hasher.close()


@asynccontextmanager
async def sealing(app: FastAPI) -> AsyncIterator[None]:
    settings, database = app.state.settings, app.state.database
    file, key_file = settings.audit_heads_file, settings.service_key_file
    heads = HeadsFile(file, SigningKey.from_file(key_file)) if file is not None else None
    async with repeating(partial(_seal, database, heads), every_s=SEAL_EVERY_S, waits="audit_log_not_sealed"):
        yield
    with suppress(*AWAY):  # then the next start seals it
        await _seal(database, heads)


async def _seal(database: Database, heads: HeadsFile | None) -> None:
    await seal(database, heads)
    sealed_at.set_to_current_time()


@asynccontextmanager
async def revocations(app: FastAPI) -> AsyncIterator[None]:
    feed = app.state.feed = Feed(app.state.database)
    async with running(app.state.authenticator.revocations.follow(feed.look)):
        yield


@asynccontextmanager
async def relays(app: FastAPI) -> AsyncIterator[None]:
    settings, database = app.state.settings, app.state.database
    services = {
        name: ServiceClient(settings, app.state.http, name, getattr(settings, f"{name}_url")) for name in HOLDERS
    }
    neighbours = app.state.neighbours = Neighbours(services)
    alerts, profiles = AlertClient(services["alert_service"]), ProfileClient(services["profile_service"])
    deliver = by_kind(
        {
            SECURITY_NOTICE: alerts.send_notice,
            ADDRESS_CHANGED: alerts.send_address,
            CONSENT_GIVEN: profiles.send_consent,
            ERASURE_REQUESTED: Eraser(database, neighbours).deliver,
        }
    )
    post = Post(database, Mailer(settings), app.state.keys, settings.app_url)
    events, letters = Relay(database, outbox, deliver), Relay(database, mails, post.deliver, MAIL_LEASE_S)
    async with running(events.run()), running(letters.run()):
        yield


parts = [
    keys,
    hashing,
    revocations,
    sealing,
    relays,
    sweeping(
        erased_again(Base.metadata),
        sessions_crud.delete_expired_sessions,
        attempts_crud.delete_old_failures,
        older_than(challenges.c.created_at, timedelta(seconds=CHALLENGE_LIFE_S)),
        older_than(one_time_codes.c.expires_at, CODES_KEPT),
        older_than(outbox.c.delivered_at, DELIVERED_EVENTS_KEPT),
        older_than(mails.c.delivered_at, DELIVERED_EVENTS_KEPT),
        older_than(idempotency_keys.c.created_at, IDEMPOTENCY_KEYS_KEPT),
        older_than(revocations_table.c.revoked_at, REVOCATIONS_KEPT),
    ),
]
