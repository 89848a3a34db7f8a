"""Phone numbers: kept as typed, with the international form beside them."""

import phonenumbers

DEFAULT_REGION = "VN"


def e164(typed: str) -> str | None:
    """The E.164 form of a number as typed, or None when it cannot be a phone number.

    A number without a country code is read as Vietnamese: `e164("0912 345 678") == "+84912345678"`;
    `e164("+1 202 555 0123") == "+12025550123"`; `e164("12") is None`.
    """
    try:
        number = phonenumbers.parse(typed, DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
