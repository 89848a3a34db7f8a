"""Passwords that everybody tries first; ten characters and more, since shorter ones are refused anyway."""

COMMON_PASSWORDS = frozenset(["password123", "1234567890"])
