"""Lists every sealed column, and the keyed hashes that are made of its values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from backend.auth.identity import identifiers
from backend.auth.identity.blind_index import Sought
from backend.auth.identity.identifiers import Identifier
from backend.auth.registration.locked_charts import turns
from backend.core.crypto.reasons import place_of_reason
from backend.core.crypto.sealing import place_of
from backend.core.database import Row
from backend.intake.quarantine import numbers_in
from backend.records.filing.files import place_of_piece


@dataclass(frozen=True, slots=True)
class UnsealedRow:
    """A row's opened value, with the hashes and rows that depend on it."""

    id: UUID
    plain: bytes
    place: str
    """What the value is sealed for."""
    patient: UUID | None = None
    sought: Sequence[Sought] = ()
    """What its patient may be found by because of it."""
    turns: Sequence[Sought] = ()
    """The turns of whoever registers a patient by it, where these are others."""
    hashed: Sequence[Sought] = ()
    """What is hashed in a column beside it."""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    table: str
    column: str
    hash_column: str = ""
    """A hash under the current key, of the same row."""
    hash_list: str = ""
    """Hashes under every live key, of the same row."""
    reads: tuple[str, ...] = ()
    """Other columns that are needed to open a value, or to say what depends on it."""
    at_once: int = 200
    """Rows of one batch: fewer where a value is large, and each is held in memory."""

    @property
    def name(self) -> str:
        return f"{self.table}.{self.column}"

    def place(self, row: Row) -> str:
        """Give what the value of this row is sealed for."""
        match self.name:
            case "audit_event.why":
                return place_of_reason(row["why_digest"])
            case "document_content.body":
                return place_of_piece(row["file"], row["piece"], is_last=row["is_last"])
            case "notification.sender_id" | "deferred_notice.sender_id":
                return place_of("received_event", "sender_id", row["received_event"])
            case _:
                return place_of(self.table, self.column, row["id"])

    def open(self, row: Row, plain: bytes) -> UnsealedRow:
        """Give what depends on this value."""
        opened = UnsealedRow(row["id"], plain, self.place(row))
        match self.name:
            case "patient_identifier.value":
                said = Identifier(row["system"], plain.decode())
                return replace(
                    opened,
                    patient=row["patient"],
                    sought=identifiers.found_by(said, row["facility"]),
                    turns=turns([said], row["facility"]),
                )
            case "contact_point.number":
                phone = [("phone", plain.decode())]
                return replace(opened, patient=row["patient"], sought=phone, hashed=phone)
            case "device.push_token":
                return replace(opened, hashed=[("push-token", plain.decode())])
            case "received_event.raw" if row["outcome"] == "quarantined":
                return replace(opened, hashed=numbers_in(row["dialect"], plain, row["facility"]))
            case _:
                return opened


SEALED_COLUMNS: Final = (
    SealedColumn("patient_identifier", "value", reads=("system", "patient", "facility")),
    SealedColumn("contact_point", "number", hash_column="number_hash", reads=("patient",)),
    SealedColumn("device", "push_token", hash_column="push_token_hash"),
    SealedColumn(
        "received_event",
        "raw",
        hash_list="waits_for",
        reads=("outcome", "dialect", "facility"),
        at_once=8,
    ),
    SealedColumn("received_event", "sender_id"),
    SealedColumn("received_event", "answer"),
    SealedColumn("notification", "sender_id", reads=("received_event",)),
    SealedColumn("deferred_notice", "sender_id", reads=("received_event",)),
    SealedColumn("document_content", "body", reads=("file", "piece", "is_last"), at_once=8),
    SealedColumn("device", "details"),
    SealedColumn("patient", "name"),
    SealedColumn("patient", "birth_date"),
    SealedColumn("staff", "totp_secret"),
    SealedColumn("access_dispute", "words"),
    SealedColumn("audit_event", "why", reads=("why_digest",)),
)
"""What people are found by comes first."""
