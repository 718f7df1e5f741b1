"""Takes a slip in a living session: for the same person, or for another one on the same phone."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from backend.auth.access.gate import Caller
from backend.auth.credentials import activation_slips
from backend.auth.credentials.activation_slips import TriedSlip
from backend.auth.dpop.device_key import DeviceKey
from backend.auth.sessions.kept_apart import check_one_person
from backend.auth.sessions.session_charts import LivingSession, lock_session, reach
from backend.auth.sessions.sessions import OpenedSession
from backend.auth.sign_in.activation import (
    WrongSlip,
    count_slip,
    note_wrong_slip,
    open_by_slip,
    proved_by_slip,
    slip_act,
    try_typed,
)
from backend.auth.sign_in.my_charts import name_of
from backend.core.audit import write_down
from backend.core.database import fetch_one, transaction

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class NamedBySlip:
    """Whom a slip is for: the app asks whether it is the same person."""

    name: str
    facility: str


async def look_at(caller: Caller, typed: str) -> NamedBySlip:
    """Say whom a right slip names; it is not used up.

    Raises:
        NotSignedIn: the session was ended or is over.
        WrongSlip, TooOften, FastStoreAway: see `activation`.
    """
    return await _with_right_slip(caller, typed, _named_by)


async def add_by_slip(caller: Caller, typed: str) -> UUID:
    """Add the chart of a slip to the caller's session: it is the same person's.

    Raises:
        NotSignedIn, WrongSlip, TooOften, FastStoreAway: as above.
        AnotherPerson: it cannot be in this session; the slip is not used up.
    """

    async def add(slip: TriedSlip, session: LivingSession) -> UUID:
        await reach(session, [proved_by_slip(slip)])
        await check_one_person(session.id, [slip.chart])
        await activation_slips.use_slip(slip.id)
        await write_down(slip_act(slip.chart, session.id, session.id, caller.address))
        return slip.chart

    return await _with_right_slip(caller, typed, add)


async def open_for_another(caller: Caller, typed: str) -> OpenedSession:
    """Open a second session on the caller's phone: the slip is another person's.

    Raises:
        NotSignedIn, WrongSlip, TooOften, FastStoreAway: as above.
    """

    async def begin(slip: TriedSlip, session: LivingSession) -> OpenedSession:
        return await open_by_slip(slip, session.device, DeviceKey(session.key), caller.address)

    return await _with_right_slip(caller, typed, begin)


async def _named_by(slip: TriedSlip, _: LivingSession) -> NamedBySlip:
    row = await fetch_one(
        "SELECT p.name, f.name AS facility FROM patient p JOIN facility f ON f.id = p.facility"
        " WHERE p.id = $1",
        slip.chart,
    )
    assert row, "a slip names a chart"
    return NamedBySlip(name_of(row["name"], slip.chart), row["facility"])


async def _with_right_slip(
    caller: Caller, typed: str, then: Callable[[TriedSlip, LivingSession], Awaitable[Result]]
) -> Result:
    """Count a try; with a right code do something in the same transaction."""
    await count_slip(caller.address)
    async with transaction():
        slip = await try_typed(typed)
        session = await lock_session(caller)
        if slip is not None and slip.right:
            return await then(slip, session)
    await note_wrong_slip(slip, caller.session, caller.address)
    raise WrongSlip
