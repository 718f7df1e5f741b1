"""Holds the restriction rules, and reads their file again within a second of a change."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from time import monotonic

from backend.core.log import log
from backend.core.settings import load_settings
from backend.records.visibility.restriction_rules import (
    Rules,
    UnreadableRules,
    parse_rules,
    security_labels,
)

LOOK_AGAIN_SECONDS = 1.0


class RulesFile:
    """The rules from one file as last read, with the state of that file."""

    def __init__(self, path: str, now: Callable[[], float] = monotonic) -> None:
        """Read nothing yet. An empty path means the hub's own rules; `now` counts seconds."""
        self._path = path
        self._now = now
        self._rules: Rules | None = None
        self._state = (0, 0)
        self._looked_at = 0.0

    def rules(self) -> Rules:
        """Give the rules in force. A changed file that cannot be read is logged and ignored.

        Raises:
            UnreadableRules: there were none before, so nothing may be taken in.
        """
        if self._rules is not None and self._now() < self._looked_at + LOOK_AGAIN_SECONDS:
            return self._rules
        self._looked_at = self._now()
        try:
            state = _state_of(self._path)
            if self._rules is None or state != self._state:
                self._rules, self._state = _read(self._path), state
        except (OSError, UnreadableRules) as unreadable:
            if self._rules is None:
                raise UnreadableRules(type(unreadable).__name__) from unreadable
            log.error("restrictions_unreadable", error=type(unreadable).__name__)
        return self._rules


_in_force: list[RulesFile] = []


def rules() -> Rules:
    """Give the rules of this process: those of the facility's own file, or the hub's.

    Raises:
        UnreadableRules: there were none before, so nothing may be taken in.
    """
    if not _in_force:
        _in_force.append(RulesFile(load_settings().restrictions))
    return _in_force[-1].rules()


@contextmanager
def working_with(file: RulesFile) -> Iterator[None]:
    """Use these rules in this process for the block."""
    _in_force.append(file)
    try:
        yield
    finally:
        _in_force.remove(file)


def of_names(names: Sequence[str]) -> str:
    """Give the restricted class of what is called so: people, places, reasons; empty for none."""
    said = security_labels(codings=(), labels=(), departments=names, names=names)
    nothing = security_labels(codings=(), labels=(), departments=(), names=())
    found = rules().class_of(said, nothing)  # a hidden class is known by what a record itself is
    return found.name if found else ""


def strictest(*names: str) -> str:
    """Give the class of a record that has these classes: the first in the order of the rules.

    So it is the same in whatever order they are found. A class that no rule knows any more, and
    empty strings, come last.
    """
    order = {record_class.name: n for n, record_class in enumerate(rules().classes)}
    return min(
        filter(None, names), key=lambda name: (order.get(name, len(order)), name), default=""
    )


def _state_of(path: str) -> tuple[int, int]:
    if not path:
        return (0, 0)
    seen = Path(path).stat()
    return (seen.st_mtime_ns, seen.st_size)


def _read(path: str) -> Rules:
    return parse_rules(Path(path).read_bytes()) if path else _our_own()


@cache
def _our_own() -> Rules:
    return parse_rules(
        files("backend.records.visibility").joinpath("restrictions.json").read_bytes()
    )
