"""Opens the numbers of texts that are booked, and finds those reached under other keys."""

from collections.abc import Sequence
from uuid import UUID

from backend.core.crypto.key_ring import catch_up
from backend.core.crypto.sealing import UnreadableSeal, lookup_hashes, unseal
from backend.core.database import Row, fetch
from backend.notifications.brakes.rules import PREFIX_DIGITS

_REACHED = """
SELECT a.id FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS a (id, facility, number_hash)
  JOIN reached_number r ON r.facility = a.facility AND r.number_hash = a.number_hash
"""


async def open_numbers(rows: Sequence[Row]) -> dict[UUID, str]:
    """Open each number by its text; one under a key that is new to this process once more."""
    opened = {row["id"]: number for row in rows if (number := _number(row)) is not None}
    if len(opened) < len(rows):
        await catch_up()
        opened |= {
            row["id"]: number
            for row in rows
            if row["id"] not in opened and (number := _number(row)) is not None
        }
    return opened


async def reached_under_other_keys(rows: Sequence[Row], opened: dict[UUID, str]) -> set[UUID]:
    """Find those whose number was reached under another key, while keys change."""
    ids, facilities, hashes = [], [], []
    for row in rows:
        for _, number_hash in lookup_hashes("phone", opened[row["id"]]):
            if number_hash != row["number_hash"]:
                ids.append(row["id"])
                facilities.append(row["facility"])
                hashes.append(number_hash)
    if not ids:
        return set()
    return {row["id"] for row in await fetch(_REACHED, ids, facilities, hashes)}


def prefix_of(number: str) -> str:
    """Give the first digits of a number in E.164."""
    return number[1 : 1 + PREFIX_DIGITS]


def _number(row: Row) -> str | None:
    """Open the seal of the number; None where it does not open."""
    try:
        return unseal(row["number"], table="contact_point", column="number", row=row["contact"])
    except UnreadableSeal:
        return None
