"""The hospitals and clinics that send to the hub."""

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from backend.auth.facilities.rules import hotline_of, short_name_of
from backend.core.audit import Act, write_down
from backend.core.database import execute, fetch, fetch_value, new_id, transaction
from backend.core.errors import HubError

DISCREET = "discreet"
"""Why the reach of a chart ended: in `session_chart.ended_why`."""


class WrongKey(HubError):
    """The facility key is missing, wrong, revoked or expired."""

    code = "wrong_key"
    status = 401


class UnknownFacilityKey(HubError):
    """There is no facility key with this id. `hub facility keys` shows them."""

    code = "unknown_key"
    status = 404


class UnknownFacility(HubError):
    """There is no facility with this code. Add it with `hub facility add`."""

    code = "unknown_facility"
    status = 404


class UnusableShortName(HubError):
    """A short name has 1 to 20 letters that every phone can show, with accents or without."""

    code = "unusable_short_name"
    status = 422


class UnusableHotline(HubError):
    """A hotline is one phone number of 3 to 14 digits."""

    code = "unusable_hotline"
    status = 422


class FacilityKnown(HubError):
    """There is a facility with this code already."""

    code = "facility_known"
    status = 409


@dataclass(frozen=True, slots=True)
class FacilityCaller:
    """The facility that calls, and the key it used."""

    facility: UUID
    key: UUID


async def add_facility(
    code: str, name: str, short_name: str, hotline: str, *, discreet: bool = False
) -> UUID:
    """Store a facility; `code` is its MA_CSKCB or GLN, and `short_name` begins its texts.

    Of a discreet one, whose name is a diagnosis, only its own slip opens a chart.

    Raises:
        FacilityKnown: another has this code.
        UnusableShortName, UnusableHotline: a text with it would be no single segment.
    """
    facility, speaker, dialled = new_id(), short_name_of(short_name), hotline_of(hotline)
    if speaker is None:
        raise UnusableShortName
    if dialled is None:
        raise UnusableHotline
    async with transaction():
        added = await fetch_value(
            "INSERT INTO facility (id, code, name, short_name, hotline, discreet)"
            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (code) DO NOTHING RETURNING id",
            facility, code, name, speaker, dialled, discreet,
        )  # fmt: skip
        if added is None:
            raise FacilityKnown
        await write_down(Act(actor_kind="system", action="facility.added", subject=facility))
    return facility


async def facility_by_code(code: str) -> UUID:
    """Find a facility by its MA_CSKCB or GLN.

    Raises:
        UnknownFacility: there is none with this code.

    """
    found: UUID | None = await fetch_value("SELECT id FROM facility WHERE code = $1", code)
    if found is None:
        raise UnknownFacility
    return found


async def set_discreet(facility: UUID, *, discreet: bool) -> None:
    """Make a facility discreet, or no longer so; what any session reaches of it weakly ends.

    A code, VNeID and an approval have opened its charts until then. From now on, only its own slip
    does. Nothing is ended where it stops to be discreet.
    """
    async with transaction():
        await execute("UPDATE facility SET discreet = $2 WHERE id = $1", facility, discreet)
        if discreet:
            await execute(
                "UPDATE session_chart c SET ended_at = hub_clock(), ended_why = $2 FROM patient p"
                " WHERE p.id = c.chart AND p.facility = $1 AND c.ended_at IS NULL"
                " AND c.proof <> 'slip'",
                facility, DISCREET,
            )  # fmt: skip
        did = "facility.discreet" if discreet else "facility.not_discreet"
        await write_down(Act(actor_kind="system", action=did, subject=facility))


class NotABase(HubError):
    """A base address is an http or https address without a query, of at most 200 signs."""

    code = "not_a_base"
    status = 422


_BASE = re.compile(r"https?://[^\s?#/@]+(/[^\s?#]*)?\Z")
_LONGEST_BASE = 200


async def set_base_url(facility: UUID, url: str) -> None:
    """Say below which address a facility's references are to its own records; empty: none.

    Raises:
        NotABase: it is no base address.
    """
    url = url.strip().rstrip("/")
    if url and (len(url) > _LONGEST_BASE or not _BASE.match(url)):
        raise NotABase
    async with transaction():
        await execute("UPDATE facility SET base_url = $2 WHERE id = $1", facility, url)
        await write_down(Act(actor_kind="system", action="facility.base_set", subject=facility))


async def set_stable_ids(facility: UUID, *, stable: bool) -> None:
    """Say whether the ids that a facility POSTs, or sends in messages, name its records."""
    async with transaction():
        await execute("UPDATE facility SET stable_ids = $2 WHERE id = $1", facility, stable)
        did = "facility.ids_stable" if stable else "facility.ids_not_stable"
        await write_down(Act(actor_kind="system", action=did, subject=facility))


async def watch_facility(facility: UUID, late_after: timedelta | None) -> None:
    """Set how long a facility may be silent before it counts as late; `None` switches this off."""
    async with transaction():
        await execute("UPDATE facility SET late_after = $2 WHERE id = $1", facility, late_after)
        await write_down(Act(actor_kind="system", action="facility.watched", subject=facility))


class WhichFacility(HubError):
    """There is more than one facility, or none: name one by its code."""

    code = "which_facility"
    status = 422


async def only_facility() -> UUID:
    """Give the facility of a hub that has exactly one.

    Raises:
        WhichFacility: there is none, or more than one.
    """
    found = await fetch("SELECT id FROM facility LIMIT 2")
    if len(found) != 1:
        raise WhichFacility
    one: UUID = found[0]["id"]
    return one
