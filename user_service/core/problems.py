"""Everything that can go wrong here and has a name."""

from service_kit.problems import Conflict, Forbidden, NotFound, Problem, Unauthenticated


class EmailTaken(Conflict):
    code, title = "email_taken", "There is already an account with this email address."


class InvalidCredentials(Unauthenticated):
    code, title = "invalid_credentials", "The email or the password is not right."


class InvalidRefreshToken(Unauthenticated):
    code, title = "invalid_refresh_token", "This sign-in has ended; please sign in again."


class InvalidCode(Problem):
    code, status, title = "invalid_code", 400, "This code is wrong, was used, or is too old; please ask for a new one."


class TooManyMails(Problem):
    code, status, title = "too_many_mails", 429, "We have sent you this mail several times; please wait an hour."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "3600"})


class EmailAlreadyVerified(Conflict):
    code, title = "email_already_verified", "Your email address is confirmed already."


class WrongPassword(Forbidden):
    code, title = "wrong_password", "Your current password is not right."


class OtpRequired(Unauthenticated):
    code, title = "otp_required", "This account also needs a code of its authenticator app, or a recovery code."


class InvalidOtp(Unauthenticated):
    code, title = "invalid_otp", "The code is not right, or was used before."


class WrongOtp(Forbidden):
    code, title = "wrong_otp", "The code is not right, or was used before."


class TotpIsOn(Conflict):
    code, title = "totp_is_on", "Your account has an authenticator app; remove it first."


class TotpNotFound(NotFound):
    code, title = "totp_not_found", "There is no authenticator app here."


class InvalidPasskey(Unauthenticated):
    code, title = "invalid_passkey", "This passkey cannot sign you in."


class PasskeyRefused(Forbidden):
    code, title = "passkey_refused", "This passkey cannot be added; please try again from the start."


class PasskeyNotFound(NotFound):
    code, title = "passkey_not_found", "You have no such passkey."


class TooManyPasskeys(Conflict):
    code, title = "too_many_passkeys", "Your account has as many passkeys as it may; remove one first."


class TooManyAttempts(Problem):
    code, status, title = "too_many_attempts", 429, "Too many failed attempts; please wait before you try again."

    def __init__(self, detail: str | None = None, *, retry_after_s: int = 60) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)})


class SessionNotFound(NotFound):
    code, title = "session_not_found", "You have no such session."


class ErasureNotFound(NotFound):
    code, title = "erasure_not_found", "There is no erasure with this receipt."


class UserNotFound(NotFound):
    code, title = "user_not_found", "There is no such user."


class OwnAccount(Conflict):
    code, title = "own_account", "This is your own account; change it as everybody changes theirs."


class LastAdministrator(Conflict):
    code, title = "last_administrator", "This is the last active administrator; name another one first."


CONSTRAINTS: dict[str, type[Problem]] = {
    "uq_users_email": EmailTaken,
    "uq_passkeys_credential_id": PasskeyRefused,
}
