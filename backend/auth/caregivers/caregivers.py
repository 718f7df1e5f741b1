"""Lets a patient and a caregiver list their grants and end them."""

from uuid import UUID

from backend.auth.access.gate import Caller, reading_as
from backend.auth.caregivers.grants import Actor, EndedBy, Grant, end_grant, grants_on, grants_to
from backend.auth.rules import RecordClass
from backend.core.database import fetch_value, transaction
from backend.core.errors import NotFound


async def myself(caller: Caller) -> UUID:
    """Give the caller's id, if the session lives and its level is high enough for caregivers.

    Raises:
        NotSignedIn: the session has ended.
        StrongerSignInNeeded: signed in too weakly for this.
    """
    async with reading_as(caller, None, RecordClass.CAREGIVERS) as reader:
        return reader.patient


async def my_caregivers(caller: Caller, limit: int, before: UUID | None) -> list[Grant]:
    """List the people who may read the caller's record.

    Raises:
        NotSignedIn, StrongerSignInNeeded: as above.
    """
    return await grants_on(await myself(caller), limit, before)


async def cared_for(caller: Caller, limit: int, before: UUID | None) -> list[Grant]:
    """List the patients whose records the caller may read.

    Raises:
        NotSignedIn, StrongerSignInNeeded: as above.
    """
    return await grants_to(await myself(caller), limit, before)


async def end_my_caregiver(caller: Caller, grant: UUID) -> None:
    """End a grant that the caller gave.

    Raises:
        NotSignedIn, StrongerSignInNeeded: as above.
        NotFound: the caller gave no such grant, or it has ended.
    """
    await _end_own(caller, "patient", grant, EndedBy.PATIENT)


async def give_up(caller: Caller, grant: UUID) -> None:
    """End a grant that the caller received.

    Raises:
        NotSignedIn, StrongerSignInNeeded: as above.
        NotFound: the caller was given no such grant, or it has ended.
    """
    await _end_own(caller, "caregiver", grant, EndedBy.CAREGIVER)


async def _end_own(caller: Caller, side: str, grant: UUID, ended_by: EndedBy) -> None:
    me = await myself(caller)
    async with transaction():
        own = await fetch_value(
            f"SELECT true FROM caregiver_grant WHERE id = $1 AND {side} = $2", grant, me
        )
        if not own or not await end_grant(grant, ended_by, Actor("patient", me, caller.address)):
            raise NotFound
