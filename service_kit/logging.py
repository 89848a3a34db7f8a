"""JSON logs by allow-list: a key that is not listed here is dropped, so nothing personal gets in by accident.

An exception is logged as its type and the places it passed, never its message: messages repeat values.
"""

import logging
import sys
import traceback

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

ALLOWED = frozenset({"attempts", "code", "count", "duration_ms", "event", "event_id", "exc_type", "frames", "kind",
                     "level", "method", "peer", "port", "reason", "request_id", "route", "service", "status",
                     "timestamp", "version"})  # fmt: skip
FRAMES_MAX = 12


def configure_logging(service: str, level: str) -> None:
    def name_the_service(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    structlog.configure(
        processors=[
            name_the_service,
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            describe_exception,
            keep_allowed,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_ToStructlog()], level=logging.WARNING, force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    # It prints paths and query strings; and where it leads nowhere, uvicorn does not even put them together.
    logger.disabled, logger.propagate = True, False


def describe_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exception()
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exc_type"] = f"{type(error).__module__}.{type(error).__qualname__}"
        frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
        event["frames"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def keep_allowed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: value for key, value in event.items() if key in ALLOWED}


class _ToStructlog(logging.Handler):
    """Libraries' warnings, as one event each: the logger's name and the place, without the formatted message."""

    def emit(self, record: logging.LogRecord) -> None:
        place = f"{record.name}:{record.funcName}:{record.lineno}"
        structlog.get_logger().log(record.levelno, "library_log", kind=place, exc_info=record.exc_info)
