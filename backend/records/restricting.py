"""Keeps the rules of restriction at hand, and notices within a second when their file changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from time import monotonic

from backend.log import log
from backend.records.restriction import Rules, UnreadableRules, facts, parse_rules
from backend.settings import load_settings

LOOK_AGAIN_SECONDS = 1.0


@dataclass(slots=True)
class _Held:
    """The rules as last read, and which state of the file that was."""

    rules: Rules | None = None
    state: tuple[str, int, int] = ("", 0, 0)
    looked_at: float = 0.0


_held = _Held()


def rules() -> Rules:
    """Give the rules in force. A changed file that cannot be read is said and not followed.

    Raises:
        UnreadableRules: there were none before, so nothing may be taken in.
    """
    if _held.rules is not None and monotonic() < _held.looked_at + LOOK_AGAIN_SECONDS:
        return _held.rules
    _held.looked_at = monotonic()
    path = load_settings().restrictions
    try:
        state = _state_of(path)
        if _held.rules is None or state != _held.state:
            _held.rules, _held.state = _read(path), state
    except (OSError, UnreadableRules) as unreadable:
        if _held.rules is None:
            raise UnreadableRules(type(unreadable).__name__) from unreadable
        log.error("restrictions_unreadable", error=type(unreadable).__name__)
    return _held.rules


def of_departments(names: Sequence[str]) -> str:
    """Give the class of what such departments or people had to do with; empty for none."""
    found = rules().class_of(facts(codings=(), labels=(), departments=names, names=()))
    return found.name if found else ""


def _state_of(path: str) -> tuple[str, int, int]:
    if not path:
        return ("", 0, 0)
    seen = Path(path).stat()
    return (path, seen.st_mtime_ns, seen.st_size)


def _read(path: str) -> Rules:
    return parse_rules(Path(path).read_bytes()) if path else _our_own()


@cache
def _our_own() -> Rules:
    return parse_rules(files("backend.records").joinpath("restrictions.json").read_bytes())
