"""The mails this service sends, and what they say. In `ENGLISH…` every `{name}` stands for a value.

None of them repeats what somebody else may have chosen, such as a username or the name of a browser: a stranger could
write to people in our name that way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Code(StrEnum):
    """What a code that goes out by mail is for."""

    RECOVERY = "recovery"
    VERIFICATION = "verification"


class Notice(StrEnum):
    """What happened to an account that its owner should hear of."""

    NEW_DEVICE = "new_device"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind of news
    EMAIL_CHANGED = "email_changed"
    SECOND_FACTOR_CHANGED = "second_factor_changed"
    SECOND_FACTORS_REMOVED = "second_factors_removed"


@dataclass(frozen=True, slots=True)
class Text:
    subject: str
    body: str


# How long a code is good for, from when it was asked for.
CODE_LIFE = timedelta(minutes=10)
# News that could not be sent for so long is no news; the alert still tells it.
NOTICE_LIFE = timedelta(days=1)
MAILS_AN_HOUR_MAX = 5
SHORT_CODE_TRIES = 5

ENGLISH_CODES: Mapping[Code, Text] = {
    Code.RECOVERY: Text(
        "Choose a new password",
        "Somebody, probably you, asked for a new password for your account.\n"
        "\n"
        "Choose one here:\n"
        "{link}\n"
        "\n"
        "Or type this code where you asked: {short_code}\n"
        "\n"
        "Both work once, for 10 minutes. If it was not you, do nothing: your password stays as it is.\n"
        "Never tell anybody this code; nobody who works for us will ask for it.\n",
    ),
    Code.VERIFICATION: Text(
        "Confirm your email address",
        "Please confirm that this address is yours:\n"
        "{link}\n"
        "\n"
        "The link works once, for 10 minutes. After that, sign in and ask for a new one.\n"
        "If you have no account with us, do nothing.\n",
    ),
}
ENGLISH_NOTICES: Mapping[Notice, Text] = {
    Notice.NEW_DEVICE: Text(
        "A new device signed in to your account",
        "On {time} somebody signed in to your account on a device we did not know.\n"
        "\n"
        "If it was you, there is nothing to do. If not, choose a new password now:\n"
        "{link}\n",
    ),
    Notice.PASSWORD_CHANGED: Text(
        "Your password was changed",
        "On {time} the password of your account was changed.\n"
        "\n"
        "If it was you, there is nothing to do. If not, choose a new password now:\n"
        "{link}\n",
    ),
    Notice.EMAIL_CHANGED: Text(
        "Your email address was changed",
        "On {time} the email address of your account was changed. From now on we write to the new one.\n"
        "\n"
        "If it was not you, answer nobody who asks you for a code, and contact our support.\n",
    ),
    Notice.SECOND_FACTOR_CHANGED: Text(
        "The second factor of your account was changed",
        "On {time} a passkey or an authenticator app was added to your account or removed from it, or its recovery "
        "codes were replaced.\n"
        "\n"
        "If it was you, there is nothing to do. If not, choose a new password now:\n"
        "{link}\n",
    ),
    Notice.SECOND_FACTORS_REMOVED: Text(
        "The second factors of your account were removed",
        "On {time} an administrator removed your authenticator app, its recovery codes and your passkeys.\n"
        "You were signed out everywhere.\n"
        "\n"
        "If you asked for it, sign in with your password and add new ones. If not, choose a new password now:\n"
        "{link}\n",
    ),
}
