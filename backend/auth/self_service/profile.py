"""Reads the profiles of charts, for whoever reaches them or has a grant."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.auth.access.gate import Caller, Reader, reading_as
from backend.auth.rules import RecordClass
from backend.core.database import Row, fetch
from backend.core.errors import NotFound
from backend.core.odd_rows.unreadable import UNREADABLE_NAME, unsealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one facility says of the person."""

    id: UUID
    """Of the chart."""
    facility: str
    name: str
    birth_date: str | None
    sex: str
    language: str
    discreet: bool = False
    """The facility's name is a diagnosis: nothing that is handed on names it."""


async def profiles(caller: Caller, chart: UUID | None) -> tuple[list[Profile], Reader]:
    """Read profiles through the gate; `None` means of every chart that the session reaches.

    The citizen id is not in them, not even masked: nobody who reads may open that seal.

    Raises:
        NotSignedIn: the session has ended.
        NotFound: no such chart, no grant, or the session reaches none.
        StrongerSignInNeeded: signed in too weakly for this.
    """
    async with reading_as(caller, chart, RecordClass.PROFILE) as reader:
        return await profiles_of(reader.charts), reader


async def profiles_of(charts: Sequence[UUID]) -> list[Profile]:
    """Read profiles inside `reading_as`, in the order of the charts.

    Raises:
        NotFound: there is none of them.
    """
    rows = await fetch(
        "SELECT p.id, coalesce(f.name, '') AS facility, p.name, p.birth_date, p.sex, p.language,"
        " coalesce(f.discreet, false) AS discreet"
        " FROM unnest($1::uuid[]) WITH ORDINALITY AS r (chart, place)"
        " JOIN patient p ON p.id = r.chart LEFT JOIN facility f ON f.id = p.facility"
        " ORDER BY r.place",
        charts,
    )
    if not rows:
        raise NotFound
    return [_profile(row) for row in rows]


def _profile(row: Row) -> Profile:
    return Profile(
        id=row["id"],
        facility=row["facility"],
        name=_name(row["name"], row["id"]),
        birth_date=_birth_date(row["birth_date"], row["id"]),
        sex=row["sex"],
        language=row["language"],
        discreet=row["discreet"],
    )


def _name(sealed: bytes, chart: UUID) -> str:
    name = unsealed(sealed, table="patient", column="name", row=chart)
    return UNREADABLE_NAME if name is None else name


def _birth_date(sealed: bytes | None, chart: UUID) -> str | None:
    if sealed is None:
        return None
    return unsealed(sealed, table="patient", column="birth_date", row=chart)
