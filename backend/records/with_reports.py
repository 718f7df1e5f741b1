"""Lets a measurement be seen with a report that shows it, or by itself where none does."""

from datetime import datetime
from uuid import UUID

from backend.database import execute, fetch
from backend.records.coded import categories_in
from backend.records.filing import Filing
from backend.records.release_rules import (
    WITH_ITS_REPORT,
    Policies,
    Standing,
    measurement_stands,
    policy_of,
    stands,
)

IN_A_REPORT = (
    "FROM result r WHERE r.facility = o.facility AND r.patient = o.patient AND NOT r.hidden"
    " AND r.observation_keys @> ARRAY[o.key]"
)
"""Of a measurement `o`: the reports that show it. One that was taken back shows nothing."""


async def unsettled(
    facility: UUID, patient: UUID, policies: Policies, now: datetime
) -> dict[UUID, Standing]:
    """Give the unseen measurements of a patient that stand otherwise now, and how.

    All of them are looked at: a report that was stored may have dropped one, or have been taken
    back.
    """
    rows = await fetch(
        "SELECT o.id, o.coded, o.restriction, o.finished_at, o.release_at,"
        f" ARRAY(SELECT r.visible_from IS NOT NULL {IN_A_REPORT}) AS reports_seen"
        " FROM observation o WHERE o.facility = $1 AND o.patient = $2 AND o.visible_from IS NULL"
        " AND NOT o.hidden",
        facility, patient,
    )  # fmt: skip
    found = {}
    for row in rows:
        policy = policy_of(
            policies, WITH_ITS_REPORT, categories_in(row["coded"]), row["restriction"]
        )
        alone = stands(policy, finished_at=row["finished_at"], now=now)
        found[row["id"]] = measurement_stands(alone, row["reports_seen"])
    return {
        row["id"]: found[row["id"]]
        for row in rows
        if found[row["id"]] != Standing(visible=False, release_at=row["release_at"])
    }


async def settle(filing: Filing) -> None:
    """Let the measurements of the patient stand as their reports do after this act."""
    news = await unsettled(filing.facility, filing.patient, filing.policies, filing.accepted_at)
    seen = [row for row, standing in news.items() if standing.visible]
    if seen:
        await execute(
            "UPDATE observation SET visible_from = hub_clock(), release_at = NULL, change_n = $2"
            " WHERE id = ANY($1)",
            seen, filing.change_n,
        )  # fmt: skip
    waiting = [(row, each.release_at) for row, each in news.items() if not each.visible]
    if waiting:
        await set_due("observation", waiting)


async def set_due(table: str, due: list[tuple[UUID, datetime | None]]) -> None:
    """Write down from when records are to be seen; nothing for what waits for a human."""
    await execute(
        f"UPDATE {table} t SET release_at = d.at"
        " FROM unnest($1::uuid[], $2::timestamptz[]) AS d (id, at) WHERE t.id = d.id",
        [row for row, _ in due], [at for _, at in due],
    )  # fmt: skip
