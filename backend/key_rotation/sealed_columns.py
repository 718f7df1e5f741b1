"""Lists every sealed column, and the keyed hashes that are made of its values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from backend.auth.identity import identifiers
from backend.auth.identity.blind_index import Sought
from backend.auth.identity.identifiers import Identifier
from backend.core.database import Row
from backend.intake.quarantine import numbers_in

ACCOUNT: Final = "challenge"
"""The kind of hash that codes are counted under, for each citizen id that was typed."""


@dataclass(frozen=True, slots=True)
class UnsealedRow:
    """A row's opened value, with the hashes and rows that depend on it."""

    id: UUID
    value: str
    sealed: bytes
    patient: UUID | None
    sought: Sequence[Sought] = ()
    """What its patient may be found by because of it."""
    accounts: Sequence[str] = ()
    """Citizen ids, under whose hash wrong codes are counted."""
    hashed: Sequence[Sought] = ()
    """What is hashed in a column beside it."""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    table: str
    column: str
    hash_column: str = ""
    """A hash under the current key, of the same row."""
    hash_list: str = field(default="")
    """Hashes under every live key, of the same row."""

    @property
    def name(self) -> str:
        return f"{self.table}.{self.column}"

    def open(self, row: Row, value: str) -> UnsealedRow:
        """Give what depends on this value."""
        sealed = row[self.column]
        match self.table:
            case "patient_identifier":
                said = Identifier(row["system"], value)
                accounts = [value] if identifiers.is_citizen_id(said) else []
                sought = identifiers.sought([said], row["facility"])
                return UnsealedRow(row["id"], value, sealed, row["patient"], sought, accounts)
            case "contact_point":
                phone = [("phone", value)]
                return UnsealedRow(row["id"], value, sealed, row["patient"], phone, hashed=phone)
            case "device":
                token = [("push-token", value)]
                return UnsealedRow(row["id"], value, sealed, None, hashed=token)
            case "received_event" if row["outcome"] == "quarantined":
                numbers = numbers_in(row["dialect"], value.encode(), row["facility"])
                return UnsealedRow(row["id"], value, sealed, None, hashed=numbers)
            case _:
                return UnsealedRow(row["id"], value, sealed, None)


SEALED_COLUMNS: Final = (
    SealedColumn("patient_identifier", "value"),
    SealedColumn("contact_point", "number", hash_column="number_hash"),
    SealedColumn("device", "push_token", hash_column="push_token_hash"),
    SealedColumn("received_event", "raw", hash_list="waits_for"),
    SealedColumn("patient", "name"),
    SealedColumn("patient", "birth_date"),
    SealedColumn("staff", "totp_secret"),
    SealedColumn("access_dispute", "words"),
)
"""What people are found by comes first."""
