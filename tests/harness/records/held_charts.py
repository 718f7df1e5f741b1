"""What a key alone brought into a chart, who reads it, and the desk that confirms it."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from backend.auth.access.gate import Caller
from backend.auth.rules import Level
from backend.core.audit import Act
from backend.records.lifecycle.held import confirm
from backend.sandbox.demo.story_bundles import Resource
from tests.conftest import Database
from tests.harness.records.charts import LASTING, Charts, chart, sees, signed_in

OTHER_ID = "079185000028"


def with_other_id(**more: Any) -> Resource:
    """Lan's chart with another citizen id in the place of the one before."""
    said_now = chart(replace(LASTING, citizen_id=OTHER_ID), **more)
    before = {"system": "urn:vn:citizen-id", "value": LASTING.citizen_id, "use": "old"}
    said_now["identifier"].append(before)
    return said_now


async def by_code(patient: UUID) -> Caller:
    return await signed_in(patient, Level.OTP, "code")


async def results_of(caller: Caller) -> int:
    return (await sees(caller))["result"]


async def the_desk_confirms(charts: Charts, patient: UUID) -> bool:
    act = Act(actor_kind="staff", patient=patient, action="held.confirmed", why="card")
    return await confirm(patient, charts.facility, act)


async def tasks(database: Database) -> list[tuple[str, UUID, bool]]:
    rows = await database.owner.fetch(
        "SELECT kind, subject, done_at IS NOT NULL FROM desk_task WHERE kind = 'held_back'"
        " ORDER BY id"
    )
    return [tuple(row) for row in rows]
