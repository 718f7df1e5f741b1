"""Shows a measurement together with its report, or alone if it has no report."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.core.database import Row, execute, fetch
from backend.core.postgres.steps import step
from backend.records.filing.filing import Filing
from backend.records.visibility.release_decision import decide
from backend.records.visibility.release_rules import (
    WITH_ITS_REPORT,
    Policies,
    Visibility,
    decide_measurement,
)

IN_A_REPORT = (
    "FROM result r WHERE r.facility = o.facility AND r.patient = o.patient AND NOT r.hidden"
    " AND r.observation_keys @> ARRAY[o.key]"
)
"""Of a measurement `o`: the reports that show it. One that was taken back shows nothing."""


async def out_of_step(
    facility: UUID, patient: UUID, policies: Policies, now: datetime,
    only: Collection[str] | None = None,
) -> dict[UUID, Visibility]:  # fmt: skip
    """Give a patient's unreleased measurements whose visibility has changed, with the new one.

    Args:
        facility: whose they are.
        patient: of whom.
        policies: that hold now.
        now: the moment.
        only: their keys, or all.
    """
    keys = None if only is None else frozenset(only)
    rows = await _unreleased(_AskedMeasurements(facility, patient, keys))
    found = {row["id"]: _decision(row, policies, now) for row in rows}
    return {row["id"]: found[row["id"]] for row in rows if is_other(found[row["id"]], row, now)}


@dataclass(frozen=True, slots=True)
class _AskedMeasurements:
    """Whose unreleased measurements are asked for, by their keys, or all."""

    facility: UUID
    patient: UUID
    keys: frozenset[str] | None


@step()
async def _unreleased(asked: Sequence[_AskedMeasurements]) -> Sequence[Sequence[Row]]:
    keys = [one.keys for one in asked if one.keys is not None]
    rows = await fetch(
        "SELECT o.id, o.facility, o.patient, o.key, o.status, o.coded, o.restriction,"
        " o.finished_at, o.release_at,"
        f" ARRAY(SELECT r.visible_from IS NOT NULL {IN_A_REPORT}) AS reports_seen"
        " FROM observation o WHERE o.facility = ANY($1) AND o.patient = ANY($2)"
        " AND o.visible_from IS NULL AND NOT o.hidden"
        " AND ($3::text[] IS NULL OR o.key = ANY($3))",
        list({one.facility for one in asked}), list({one.patient for one in asked}),
        sorted(frozenset().union(*keys)) if len(keys) == len(asked) else None,
    )  # fmt: skip
    return [[row for row in rows if _is_asked(row, one)] for one in asked]


def _is_asked(row: Row, asked: _AskedMeasurements) -> bool:
    is_own = (asked.facility, asked.patient) == (row["facility"], row["patient"])
    return is_own and (asked.keys is None or row["key"] in asked.keys)


def _decision(row: Row, policies: Policies, now: datetime) -> Visibility:
    alone = decide(policies, WITH_ITS_REPORT, row, [row["restriction"]], now)
    return decide_measurement(alone, row["reports_seen"])


def is_other(visibility: Visibility, row: Row, now: datetime) -> bool:
    """Tell whether an unreleased record's visibility differs from its row; due is visible."""
    if visibility.visible:
        return row["release_at"] is None or row["release_at"] > now
    return bool(visibility.release_at != row["release_at"])


async def sync_visibility(filing: Filing) -> None:
    """Set the visibility of this act's measurements to that of their reports."""
    await sync_all(
        filing.facility, filing.patient, filing.policies, filing.accepted_at,
        filing.measurements, filing.change_n,
    )  # fmt: skip


async def sync_all(
    facility: UUID, patient: UUID, policies: Policies, now: datetime, keys: Collection[str],
    change_n: int,
) -> None:  # fmt: skip
    """Set the visibility of these measurements of a patient, in the change of this number."""
    news = await out_of_step(facility, patient, policies, now, keys)
    seen = [row for row, standing in news.items() if standing.visible]
    if seen:
        await execute(
            "UPDATE observation SET visible_from = hub_clock(), release_at = NULL, change_n = $2"
            " WHERE id = ANY($1)",
            seen, change_n,
        )  # fmt: skip
    waiting = [(row, decision.release_at) for row, decision in news.items() if not decision.visible]
    if waiting:
        await set_due("observation", waiting)


async def set_due(table: str, due: Collection[tuple[UUID, datetime | None]]) -> None:
    """Store the release time of records; null if they wait for a person."""
    await execute(
        f"UPDATE {table} t SET release_at = d.at"
        " FROM unnest($1::uuid[], $2::timestamptz[]) AS d (id, at) WHERE t.id = d.id",
        [row for row, _ in due], [at for _, at in due],
    )  # fmt: skip
