"""Reads what is kept of the months of the audit log that were dropped: the chain begins behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from backend.core.audit_chain.links import FIRST_HASH, ChainFault, Finding, Link
from backend.core.database import fetch, fetch_one, fetch_value

_COLUMNS: Final = (
    "id, table_name, month, rows_estimated, first_place, first_chain, last_place, last_chain, entry"
)


@dataclass(frozen=True, slots=True)
class KeptOfMonth:
    """A row of `dropped_month`."""

    id: UUID
    table_name: str
    month: datetime
    rows_estimated: int
    first_place: int | None
    first_chain: bytes | None
    last_place: int | None
    last_chain: bytes | None
    entry: UUID

    def digest(self) -> bytes:
        """Give what the row of the audit log must have, as the database makes it too."""
        said = (
            self.id, self.table_name, int(self.month.timestamp()), self.rows_estimated,
            self.first_place or 0, (self.first_chain or b"").hex(),
            self.last_place or 0, (self.last_chain or b"").hex(),
        )  # fmt: skip
        return sha256("|".join(map(str, said)).encode()).digest()


async def chain_begin() -> Link:
    """Give the place behind which the chain begins, with the hash that the row there had."""
    last = await fetch_one(
        "SELECT last_place, last_chain FROM dropped_month WHERE last_place IS NOT NULL"
        " ORDER BY last_place DESC LIMIT 1"
    )
    return Link(last["last_place"], last["last_chain"]) if last else Link(0, FIRST_HASH)


async def kept_hashes() -> dict[int, bytes]:
    """Give the hashes that are kept of dropped rows, by place."""
    rows = await fetch(
        "SELECT first_place, first_chain, last_place, last_chain FROM dropped_month"
        " WHERE last_place IS NOT NULL"
    )
    first = {row["first_place"]: row["first_chain"] for row in rows}
    return first | {row["last_place"]: row["last_chain"] for row in rows}


async def check_dropped() -> Finding | None:
    """Find a dropped month that is not what the audit log says of it.

    A row that said so of an old month may itself be of a month that was dropped since.
    """
    rows = await fetch(f"SELECT {_COLUMNS} FROM dropped_month ORDER BY entry")
    months = [KeptOfMonth(*row) for row in rows]
    for month in months:
        said = await fetch_value("SELECT why_digest FROM audit_event WHERE id = $1", month.entry)
        if said != month.digest() and not (said is None and await _is_gone(month.entry, months)):
            return Finding(ChainFault.DROPPED, month.last_place or 0)
    return None


async def _is_gone(entry: UUID, months: Sequence[KeptOfMonth]) -> bool:
    """Tell whether the month in which this row was written was dropped."""
    written = await fetch_value("SELECT hub_month_of(uuid_extract_timestamp($1))", entry)
    return any(month.table_name == "audit_event" and month.month == written for month in months)
