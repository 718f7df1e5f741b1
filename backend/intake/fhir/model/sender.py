"""Reads what must be known of a facility before its FHIR can be read."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from backend.auth.facilities.facilities import UnknownFacility
from backend.auth.identity.number_systems import DECLARED, numbering_from
from backend.auth.identity.numbering import Numbering
from backend.core.database import fetch_one
from backend.core.settings import load_settings

_ADDRESS: Final = "/fhir/R4"


@dataclass(frozen=True, slots=True)
class SendingFacility:
    """The facility whose FHIR is read."""

    facility: UUID
    numbering: Numbering
    stable_ids: bool = False
    """The ids that it POSTs, or sends in a message, hold in its other messages too."""
    bases: tuple[str, ...] = ()
    """Base addresses whose absolute references are to its own records."""


def nothing_declared(facility: UUID) -> SendingFacility:
    """Give a sender of whom nothing is known: enough to read whom a message is about."""
    return SendingFacility(facility, Numbering(facility))


async def sender_of(facility: UUID, called_at: str = "") -> SendingFacility:
    """Read what a facility has declared of its numbers, ids and addresses.

    Args:
        facility: who sends.
        called_at: the address of the hub as its sender has called it; empty where nobody calls.
    """
    row = await fetch_one(
        f"SELECT base_url, stable_ids, {DECLARED} AS declared FROM facility WHERE id = $1",
        facility,
    )
    if row is None:
        raise UnknownFacility
    hubs_own = [address.rstrip("/") for address in (called_at, load_settings().public_url)]
    bases = [f"{address}{_ADDRESS}" for address in hubs_own if address]
    return SendingFacility(
        facility=facility,
        numbering=numbering_from(facility, msgspec.json.decode(row["declared"])),
        stable_ids=row["stable_ids"],
        bases=tuple(dict.fromkeys([*bases, *([row["base_url"]] if row["base_url"] else [])])),
    )
