"""Decides what a release policy means for one record: pure rules."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from backend.records.kinds import KINDS


class ReleaseMode(IntEnum):
    """The way in which a record becomes visible; the greater is the stricter."""

    AT_ONCE = 0
    AFTER_HOURS = 1
    BY_CLINICIAN = 2
    NEVER = 3


@dataclass(frozen=True, slots=True, order=True)
class Policy:
    """A facility's policy for one class of its records; the greater is the stricter."""

    mode: ReleaseMode
    hours: int = 0

    def __str__(self) -> str:
        return f"{self.hours}h" if self.mode is ReleaseMode.AFTER_HOURS else _WORDS[self.mode]


Policies = Mapping[str, Policy]
"""By class: `result`; `result:RAD`, with a code of the record's category; `restricted:hiv`, with a
class of restriction."""

_WORDS: Final = {
    ReleaseMode.AT_ONCE: "at-once",
    ReleaseMode.BY_CLINICIAN: "clinician",
    ReleaseMode.NEVER: "never",
}
_SPAN: Final = re.compile(r"(?P<hours>[1-9]\d{0,4})h|(?P<days>[1-9]\d{0,2})d", re.ASCII)
AT_ONCE: Final = Policy(ReleaseMode.AT_ONCE)

NEVER_WAIT: Final = frozenset(kind.table for kind in KINDS if not kind.can_wait)
"""A patient acts by these every day; one that is not seen does harm."""
WITH_ITS_REPORT: Final = "observation"
"""A measurement; where its facility says nothing of measurements, what it says of results holds."""


def parse_policy(text: str) -> Policy:
    """Read one as `str` writes it: at-once, 24h (or 2d), clinician, never.

    Raises:
        ValueError: written otherwise.
    """
    for mode, word in _WORDS.items():
        if text == word:
            return Policy(mode)
    span = _SPAN.fullmatch(text)
    if span is None:
        raise ValueError(text)
    return Policy(ReleaseMode.AFTER_HOURS, int(span["hours"] or 0) + 24 * int(span["days"] or 0))


def policy_of(
    policies: Policies, kind: str, categories: Collection[str], restrictions: Collection[str]
) -> Policy:
    """Find the policy for one record: the strictest of those of its classes.

    Args:
        policies: the facility's.
        kind: the table it is kept in.
        categories: the codes of its category, as sent.
        restrictions: its classes of restriction: of a report also those of what it shows.
    """
    if kind in NEVER_WAIT:
        return AT_ONCE
    of_kind = _of_kind(policies, kind, categories)
    if of_kind is None and kind == WITH_ITS_REPORT:
        of_kind = _of_kind(policies, "result", categories)
    restricted = [
        policies.get(f"restricted:{restriction}", AT_ONCE) for restriction in restrictions
    ]
    return max(of_kind or AT_ONCE, *restricted, AT_ONCE)


def _of_kind(policies: Policies, kind: str, categories: Collection[str]) -> Policy | None:
    """Of a category something may be said that is milder than what is said of the whole kind."""
    found = [
        policies[name] for category in categories if (name := f"{kind}:{category}") in policies
    ]
    return max(found, default=policies.get(kind))


@dataclass(frozen=True, slots=True)
class Visibility:
    """Whether a record is visible, and else its release time; none if it waits for a person."""

    visible: bool
    release_at: datetime | None = None


VISIBLE: Final = Visibility(visible=True)
WAITS: Final = Visibility(visible=False)


def decide_visibility(
    policy: Policy,
    *,
    finished_at: datetime | None,
    now: datetime,
    seen: bool = False,
    kept_back: bool = False,
) -> Visibility:
    """Decide whether a new record is visible.

    What was to be seen stays so: a correction of it that waited would leave the patient with the
    wrong value, and a record that vanished would say nothing of why. What is not finished has no
    hour yet, since a policy that waits gives the doctor time with what was found in the end.

    Args:
        policy: of its class.
        finished_at: since when it says all it will say: hours count from then. They begin once, so
            that no laboratory that sends it again keeps it from the patient.
        now: the moment it comes in.
        seen: whether it was to be seen until now.
        kept_back: whether a clinician keeps it back.
    """
    if seen:
        return VISIBLE
    if kept_back or policy.mode >= ReleaseMode.BY_CLINICIAN:
        return WAITS
    if policy.mode is ReleaseMode.AT_ONCE:
        return VISIBLE
    if finished_at is None:
        return WAITS
    due = finished_at + timedelta(hours=policy.hours)
    return VISIBLE if due <= now else Visibility(visible=False, release_at=due)


def decide_measurement(alone: Visibility, reports_seen: Collection[bool]) -> Visibility:
    """Decide whether an unreleased measurement becomes visible.

    Args:
        alone: how it would stand in no report.
        reports_seen: of each report that shows it, whether that one is to be seen.
    """
    if any(reports_seen):
        return VISIBLE
    return WAITS if reports_seen else alone
