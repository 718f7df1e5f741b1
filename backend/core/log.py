"""Writes log lines: a fixed event name with ids from an allow-list; other fields are dropped."""

import json
import logging
import re
import sys
from collections.abc import MutableMapping
from functools import partial
from typing import Any

import msgspec
import structlog

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "process",
        "delivery", "attempt", "notification", "challenge", "session", "facility", "staff",
        "received_event", "audit_event", "code", "status", "outcome", "channel", "count", "kind",
        "route", "method", "seconds", "error", "where", "port", "pid", "barrier",
    }
)  # fmt: skip
"""Fields a line may have. None of them can carry a name, number, token, text or value."""

_HARMLESS = re.compile(r"[\w .:/{}@,<>-]{0,120}\Z", re.ASCII)
_NUMBERS = (int, float)
_LONG_DIGITS = re.compile(r"(?<![0-9a-f-])\+?\d{8,}(?![0-9a-f-])")


def only_allowed(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not allowed, and every value that is not an identifier."""
    kept = {key: value for key, value in line.items() if key in ALLOWED}
    for key, value in kept.items():
        if isinstance(value, _NUMBERS):
            continue
        text = str(value)
        harmless = _HARMLESS.fullmatch(text) and not _LONG_DIGITS.search(text)
        kept[key] = text if harmless else "(dropped)"
    return kept


def _in_process(
    process: str, _: Any, __: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    line["process"] = process
    return line


def _as_json(_: Any, __: str, line: MutableMapping[str, Any]) -> str:
    return msgspec.json.encode(line).decode()


class _OnlyTheType(logging.Formatter):
    """Other libraries' lines: who spoke, how loudly and which exception, never what was said."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        line = {"event": "library", "level": record.levelname.lower(), "where": record.name}
        return json.dumps(line | {"error": error})


def configure(process: str) -> None:
    """Write the hub's log lines, and only names from other libraries, to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OnlyTheType())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    structlog.configure(
        processors=[
            only_allowed,  # first: what comes after says nothing that a caller gave
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            partial(_in_process, process),
            _as_json,
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


log: structlog.stdlib.BoundLogger = structlog.get_logger()
