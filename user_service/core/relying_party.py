"""This system as passkeys know it: every call of the WebAuthn library is here (ADR 0016)."""

from collections.abc import Iterable
from dataclasses import dataclass
from secrets import token_bytes
from typing import Annotated, Any

import webauthn
from cryptography.exceptions import InvalidSignature
from fastapi import Depends, Request
from webauthn.helpers import (
    base64url_to_bytes,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
    parse_client_data_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from user_service.core.settings import Settings

NAME = "Credit Score"
CHALLENGE_BYTES = 32
CHALLENGE_LIFE_S = 300
# What authenticators speak: ES256 nearly all of them, EdDSA some, RS256 those of Windows.
ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
# What the library raises for an answer that is not good, and what it lets through of the libraries below it.
REFUSALS = (WebAuthnException, InvalidSignature, ValueError, TypeError, KeyError, AttributeError)


class BadAnswer(Exception):  # noqa: N818 - it is the answer that is bad
    """An authenticator's answer is not one to this challenge, from our pages, by that key."""


@dataclass(frozen=True, slots=True)
class NewKey:
    credential_id: bytes
    public_key: bytes
    sign_count: int


class RelyingParty:
    def __init__(self, settings: Settings) -> None:
        self._id, self._origins = settings.rp_id, list(settings.allowed_origins)

    def creation_options(self, challenge: bytes, user: Any, known: Iterable[bytes]) -> dict[str, Any]:
        """What a browser needs to make a passkey for `user`, on an authenticator that has none of the known ones."""
        options = webauthn.generate_registration_options(
            rp_id=self._id,
            rp_name=NAME,
            user_id=user.id.bytes,
            user_name=user.email,
            user_display_name=user.username or user.email,
            challenge=challenge,
            timeout=CHALLENGE_LIFE_S * 1_000,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
            supported_pub_key_algs=ALGORITHMS,
        )
        return options_to_json_dict(options)

    def request_options(self, challenge: bytes) -> dict[str, Any]:
        """What a browser needs to ask for any passkey it has of ours; it names none, so it tells of nobody."""
        options = webauthn.generate_authentication_options(
            rp_id=self._id,
            challenge=challenge,
            timeout=CHALLENGE_LIFE_S * 1_000,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json_dict(options)

    def check_new(self, credential: dict[str, Any], challenge: bytes) -> NewKey:
        """The key of a passkey that was made for this challenge. Raises BadAnswer."""
        try:
            made = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._id,
                expected_origin=self._origins,
                require_user_verification=True,
                supported_pub_key_algs=ALGORITHMS,
            )
            # Point and curve are looked at now, not when its owner wants to sign in.
            decoded_public_key_to_cryptography(decode_credential_public_key(made.credential_public_key))
        except REFUSALS as error:
            raise BadAnswer from error
        return NewKey(made.credential_id, made.credential_public_key, made.sign_count)

    def check_use(self, credential: dict[str, Any], challenge: bytes, passkey: Any) -> int:
        """The new count of signatures of `passkey`, a row, which has signed this challenge. Raises BadAnswer."""
        try:
            handle = base64url_to_bytes(credential["response"]["userHandle"])
            used = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._id,
                expected_origin=self._origins,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except REFUSALS as error:
            raise BadAnswer from error
        if handle != passkey.user_id.bytes:
            raise BadAnswer
        return used.new_sign_count


def new_challenge() -> bytes:
    return token_bytes(CHALLENGE_BYTES)


def challenge_of(credential: dict[str, Any]) -> bytes:
    """The challenge an answer says it is for. Raises BadAnswer."""
    try:
        return parse_client_data_json(base64url_to_bytes(credential["response"]["clientDataJSON"])).challenge
    except REFUSALS as error:
        raise BadAnswer from error


def credential_id_of(credential: dict[str, Any]) -> bytes:
    """Raises BadAnswer."""
    try:
        return base64url_to_bytes(credential["rawId"])
    except REFUSALS as error:
        raise BadAnswer from error


async def _relying_party(request: Request) -> RelyingParty:
    return RelyingParty(request.app.state.settings)


AsRelyingParty = Annotated[RelyingParty, Depends(_relying_party)]
