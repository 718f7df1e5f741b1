"""Suspends a facility and resumes it, and sets what its texts may cost; each act is audited."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final
from uuid import UUID

from backend.core.audit import Act, write_down
from backend.core.database import execute, fetch, fetch_value, transaction
from backend.core.errors import HubError

SUSPENSION_LOCK: Final = 7_305
"""Shared by every claim to its end (`hub_suspended()`): who suspends waits for those that run."""
PATIENCE_SECONDS: Final = 10.0
_AGAIN_SECONDS: Final = 0.05
_ON_THE_WIRE: Final = (
    "SELECT EXISTS (SELECT FROM delivery d JOIN notification n ON n.id = d.notification"
    " WHERE d.status = 'sending' AND n.facility = $1)"
)


class FacilitySuspended(HubError):
    """This facility is suspended by the hub's operators. Nothing was stored; call them."""

    code = "facility_suspended"
    status = 403


class ReasonMissing(HubError):
    """Say why: the reason stands in the audit."""

    code = "reason_missing"
    status = 422


@dataclass(frozen=True, slots=True)
class FacilityLine:
    """One facility as `hub facility list` shows it."""

    code: str
    name: str
    suspended_at: datetime | None
    first_texts_per_hour: int | None


async def suspend(facility: UUID, reason: str, patience: float = PATIENCE_SECONDS) -> bool:
    """Close the doors of a facility and hold its deliveries; a second call changes nothing.

    Args:
        facility: which one.
        reason: stands in the audit.
        patience: seconds to wait for what a worker has claimed before.

    Returns:
        Whether all that was claimed before has its answer: none of its texts leaves after that.

    Raises:
        ReasonMissing: no reason was given.
    """
    async with _audited(facility, "facility.suspended", reason):
        await execute(
            "UPDATE facility SET suspended_at = coalesce(suspended_at, hub_clock()) WHERE id = $1",
            facility,
        )
    return await _claims_are_over(facility, patience)


async def resume(facility: UUID, reason: str) -> None:
    """Open the doors again; a worker lets go what was held.

    Raises:
        ReasonMissing: no reason was given.
    """
    async with _audited(facility, "facility.resumed", reason):
        await execute("UPDATE facility SET suspended_at = NULL WHERE id = $1", facility)


async def let_go(facility: UUID, reason: str) -> None:
    """Let the texts go that wait for room in the facility's budget; a worker does it.

    Raises:
        ReasonMissing: no reason was given.
    """
    async with _audited(facility, "facility.texts_let_go", reason):
        await execute("UPDATE facility SET let_go_at = hub_clock() WHERE id = $1", facility)


async def set_budget(facility: UUID, first_texts_per_hour: int | None, reason: str) -> None:
    """Give a facility a budget of first texts of its own; None for the hub's.

    Raises:
        ReasonMissing: no reason was given.
    """
    async with _audited(facility, "facility.budget_set", reason):
        await execute(
            "UPDATE facility SET first_texts_per_hour = $2 WHERE id = $1",
            facility, first_texts_per_hour,
        )  # fmt: skip


async def facilities() -> list[FacilityLine]:
    """List all facilities, in the order of their codes."""
    rows = await fetch(
        "SELECT code, name, suspended_at, first_texts_per_hour FROM facility ORDER BY code"
    )
    return [FacilityLine(**dict(row)) for row in rows]


@asynccontextmanager
async def _audited(facility: UUID, action: str, reason: str) -> AsyncIterator[None]:
    if not reason.strip():
        raise ReasonMissing
    async with transaction():
        yield
        await write_down(
            Act(actor_kind="system", action=action, subject=facility, why=reason.strip())
        )


async def _claims_are_over(facility: UUID, patience: float) -> bool:
    """Wait until no claim runs that may have read the facility as it was, and none is on the wire.

    Two statements: the second sees what whoever had the lock before has claimed.
    """
    deadline = monotonic() + patience
    while monotonic() < deadline:
        async with transaction():
            if await fetch_value(
                "SELECT pg_try_advisory_xact_lock($1)", SUSPENSION_LOCK
            ) and not await fetch_value(_ON_THE_WIRE, facility):
                return True
        await asyncio.sleep(_AGAIN_SECONDS)  # nobody tells us; who waits would stop other claims
    return False
