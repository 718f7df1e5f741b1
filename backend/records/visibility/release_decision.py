"""Decides from a record's row and its facility's policies whether patients see the record."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from backend.records.coded import categories_in
from backend.records.rules import is_finished
from backend.records.visibility.release_rules import (
    VISIBLE,
    Policies,
    Policy,
    Visibility,
    decide_visibility,
    policy_of,
)

RESTRICTIONS: Final = (
    "ARRAY(SELECT t.restriction UNION SELECT o.restriction FROM observation o"
    " WHERE o.facility = t.facility AND o.patient = t.patient AND NOT o.hidden"
    " AND o.key = ANY (t.observation_keys))::text[]"
)
"""Of a `result t`: its class of restriction, and those of what it shows."""


def restrictions_of(table: str) -> str:
    """Give the SQL for the restricted classes of a row `t` of this table."""
    return RESTRICTIONS if table == "result" else "ARRAY[t.restriction]::text[]"


def visibility_of(row: Mapping[str, Any]) -> Visibility:
    return (
        VISIBLE if row["visible_from"] else Visibility(visible=False, release_at=row["release_at"])
    )


def policy_for(
    policies: Policies, table: str, row: Mapping[str, Any], restrictions: Collection[str]
) -> Policy:
    return policy_of(policies, table, categories_in(row["coded"]), restrictions)


def decide(
    policies: Policies, table: str, row: Mapping[str, Any], restrictions: Collection[str],
    now: datetime, *, seen: bool = False, kept_back: bool = False,
) -> Visibility:  # fmt: skip
    """Decide by these policies whether patients see a record.

    Args:
        policies: its facility's.
        table: where it is kept.
        row: what is kept of it, or is about to be.
        restrictions: all its classes of restriction.
        now: the moment.
        seen: whether it was to be seen until now.
        kept_back: whether a clinician keeps it back.
    """
    return decide_visibility(
        policy_for(policies, table, row, restrictions),
        finished_at=row["finished_at"] if is_finished(table, row["status"]) else None,
        now=now,
        seen=seen,
        kept_back=kept_back,
    )
