"""The one exception whose text is meant for the person at the terminal."""


class StackError(Exception):
    """What went wrong and what to do about it, in sentences; printed without a traceback."""
