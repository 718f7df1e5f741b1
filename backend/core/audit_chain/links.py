"""The rule of the chain: how a row of the audit log follows the one before it, and what is wrong.

A row's hash is SHA-256 over the hash before it and the JSON of its place and its columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

import msgspec

from backend.core.audit import CHAINED

FIRST_HASH: Final = b"\0" * 32
"""What stands before the first row."""
CLOCK_SLACK: Final = timedelta(minutes=10)
"""How much earlier than a row before it a row may have been written: two transactions that ran
beside each other are sealed in the order of their beginning."""
COLUMNS: Final = ", ".join(CHAINED)
_WRITTEN_AT: Final = CHAINED.index("at")


class ChainFault(StrEnum):
    """What can be wrong with the audit log."""

    HASH = "hash"
    GAP = "gap"
    CLOCK = "clock"
    UNSEALED = "unsealed"
    HEAD = "head"
    SIGNATURE = "signature"
    NO_HEADS = "no_heads"
    LATE = "late"
    DROPPED = "dropped"


MEANING: Final = {
    ChainFault.HASH: "the row, or one before it, is not as it was sealed",
    ChainFault.GAP: "no row has this place",
    ChainFault.CLOCK: "the row was written long before the rows that stand before it",
    ChainFault.UNSEALED: "a row has waited for minutes and is not sealed",
    ChainFault.HEAD: "the chain does not have the hash of a head that was written down",
    ChainFault.SIGNATURE: "a head was signed by nobody that the file trusts",
    ChainFault.NO_HEADS: "the file of heads is missing, or holds no head that can be read",
    ChainFault.LATE: "the newest head is old: nobody writes heads down",
    ChainFault.DROPPED: "what is kept of a dropped month is not what was written down then",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing that is wrong, and at which place of the chain (0: of no row)."""

    fault: ChainFault
    place: int = 0

    def line(self) -> str:
        where = f"place {self.place}: " if self.place else ""
        return f"{self.fault}: {where}{MEANING[self.fault]}"


@dataclass(frozen=True, slots=True)
class Link:
    """Up to where the chain has been followed."""

    place: int = 0
    hash: bytes = FIRST_HASH
    written_at: datetime | None = None
    """When the newest of the rows so far was written."""

    def extended_by(self, place: int, chain: bytes, row: Sequence[object]) -> "Link | Finding":
        """Follow one sealed row, or say what is wrong with it.

        Args:
            place: where the row says that it stands.
            chain: the hash that the row has.
            row: its columns in the order of `CHAINED`.
        """
        if place != self.place + 1:
            return Finding(ChainFault.GAP, self.place + 1)
        if chain != link_hash(self.hash, place, row):
            return Finding(ChainFault.HASH, place)
        written_at = row[_WRITTEN_AT]
        assert isinstance(written_at, datetime), "`at` is never empty"
        newest = written_at if self.written_at is None else max(self.written_at, written_at)
        if written_at < newest - CLOCK_SLACK:
            return Finding(ChainFault.CLOCK, place)
        return Link(place, chain, newest)


def link_hash(before: bytes, place: int, row: Sequence[object]) -> bytes:
    return sha256(before + msgspec.json.encode((place, *row))).digest()
