"""`/auth/mfa/totp`: codes of an authenticator app as a second factor."""

from typing import Any

from fastapi import APIRouter

from service_kit.auth import ForeignOrigin
from service_kit.database import ReadOnly
from service_kit.problems import Unauthenticated, Unavailable, problems
from user_service.core.auth import ChangeOwnAccount, ReadOwnAccount
from user_service.core.desk import AtDesk
from user_service.core.problems import TooManyAttempts, TotpIsOn, TotpNotFound, WrongOtp, WrongPassword
from user_service.schemas.mfa import BothFactorsIn, OtpIn, OwnPasswordIn, RecoveryCodesOut, TotpOfferOut, TotpOut
from user_service.services import mfa as mfa_service

router = APIRouter(
    prefix="/auth/mfa/totp", tags=["second factors"], responses=problems(Unauthenticated, ForeignOrigin, Unavailable)
)


@router.get("", response_model=TotpOut)
async def get_totp(person: ReadOwnAccount, db: ReadOnly) -> Any:
    """See whether signing in needs a code, and how many recovery codes are left."""
    return await mfa_service.get_totp(db, person.user_id)


@router.post(
    "", responses=problems(ForeignOrigin, WrongPassword, TotpIsOn, TooManyAttempts), response_model=TotpOfferOut
)
async def offer_totp(person: ChangeOwnAccount, desk: AtDesk, payload: OwnPasswordIn) -> Any:
    """Get a secret for your authenticator app; it guards nothing until you confirm it."""
    return await mfa_service.offer_totp(desk, person.user_id, payload)


@router.post("/confirm", responses=problems(ForeignOrigin, WrongOtp, TotpNotFound), response_model=RecoveryCodesOut)
async def confirm_totp(person: ChangeOwnAccount, desk: AtDesk, payload: OtpIn) -> Any:
    """Show that your app has the secret: from now on signing in needs its codes, or a recovery code."""
    return await mfa_service.confirm_totp(desk, person.user_id, payload)


BOTH_FACTORS_PROBLEMS = problems(ForeignOrigin, WrongPassword, WrongOtp, TotpNotFound, TooManyAttempts)


@router.post("/recovery-codes", responses=BOTH_FACTORS_PROBLEMS, response_model=RecoveryCodesOut)
async def replace_recovery_codes(person: ChangeOwnAccount, desk: AtDesk, payload: BothFactorsIn) -> Any:
    """Get ten new recovery codes; the old ones are void at once."""
    return await mfa_service.replace_recovery_codes(desk, person.user_id, payload)


@router.delete("", status_code=204, responses=BOTH_FACTORS_PROBLEMS)
async def remove_totp(person: ChangeOwnAccount, desk: AtDesk, payload: BothFactorsIn) -> None:
    """Sign in by password alone again; the recovery codes are void."""
    await mfa_service.remove_totp(desk, person.user_id, payload)
