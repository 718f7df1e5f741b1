"""Files one record under its facility's key: new, changed or the same again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from backend.core.database import Row, fetch_one, new_id
from backend.core.errors import HubError, Issue
from backend.core.preconditions import tag_of
from backend.records.filing.blanks import FilledIn, Known, WaitingRow, fill_in, wanting_of
from backend.records.filing.contents import Content, MedicineContent
from backend.records.kinds import TABLES, kind_of
from backend.records.patient_lock import OwnerChanged
from backend.records.row_writes import RowToStore, insert_rows, update_rows
from backend.records.rules import is_finished
from backend.records.visibility.release_decision import decide, visibility_of
from backend.records.visibility.release_rules import VISIBLE, WAITS, Policies, Visibility
from backend.records.visibility.restriction_config import rules


class RecordOfAnother(HubError):
    """This record is filed under another patient of yours. Take it back there first."""

    code = "record_of_another_patient"
    status = 422


class RecordTooLarge(HubError):
    """This record says more than a patient can be shown at once. Send what is long as a file."""

    code = "record_too_large"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """The act of storing: the patient, the facility, the time, and the number of the change."""

    facility: UUID
    facility_name: str
    patient: UUID
    filed_under: UUID
    received_event: UUID
    sender_id: bytes | None
    """The sender's own id of its message, sealed."""
    accepted_at: datetime
    change_n: int
    homes: tuple[UUID, ...] = ()
    """The charts that the patient is, the one that the message means first."""
    policies: Policies = field(default_factory=dict)
    """When its facility lets which of its records be seen."""
    measurements: set[str] = field(default_factory=set)
    """Keys of those this act stored, and of those that its reports show or showed until now."""
    orders: set[str] = field(default_factory=set)
    """Names of the orders whose reports were written anew because of a measurement."""
    read: dict[tuple[str, str], Row | None] = field(default_factory=dict)
    """Rows that were read together beforehand, by kind and key. Each is given once."""
    tags: dict[str, str] = field(default_factory=dict)
    """The tag of the state that each record has now, by its path."""
    names: Known = field(default_factory=dict)
    """What the resources are called that this act's records mention."""
    waiting: list[WaitingRow] = field(default_factory=list)
    """What this act's records wait for."""
    reports: set[UUID] = field(default_factory=set)
    """Rows of the reports that this act stored."""
    prescribed: list[tuple[MedicineContent, UUID, Row | None]] = field(default_factory=list)
    """The prescriptions that this act stored, each with its row, and with that as it was before."""

    def fill_in(self, content: Content, table: str, row: UUID, *, is_new: bool) -> FilledIn:
        """Give what a record shows of what it mentions, and note what it waits for."""
        filled_in = fill_in(wanting_of(content), self.names, self.patient)
        self.waiting.append(WaitingRow(table, row, filled_in.awaits, self.patient, is_new=is_new))
        return filled_in


class RowChange(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledRecord:
    """The result of one record."""

    id: UUID
    change: RowChange
    change_n: int


async def current(kind: str, filing: Filing, content: Content) -> Row | None:
    """Read the present row. The lock on the patient keeps it unchanged.

    Raises:
        RecordOfAnother: the facility has it under another patient.
    """
    if (kind, content.key) in filing.read:
        row = filing.read.pop((kind, content.key))
    else:
        row = await fetch_one(
            f"SELECT * FROM {TABLES[kind]} WHERE facility = $1 AND key = $2",
            filing.facility, content.key,
        )  # fmt: skip
    if row is not None and row["patient"] != filing.patient:
        raise RecordOfAnother(faults=[Issue(content.path, "filed under another patient")])
    return row


def is_stale(content: Content, before: Row) -> bool:
    """Tell whether a record repeats the stored one, or is an older state that arrives late."""
    if content.create_only or content.content_hash == before["content_hash"]:
        return True
    if content.updated and before["updated"] and content.updated != before["updated"]:
        return bool(content.updated < before["updated"])
    if content.version.isdecimal() and before["version"].isdecimal():
        return int(content.version) < int(before["version"])
    return False


def row_for(before: Row | None, content: Content) -> UUID:
    if before is not None:
        return UUID(str(before["id"]))
    return new_id() if content.handle is None else content.handle.row


async def unchanged(kind: str, filing: Filing, content: Content, before: Row) -> FiledRecord:
    """Keep the row, and store only when the facility last repeated it."""
    filing.tags[content.path] = tag_of(before["content_hash"])
    if content.content_hash == before["content_hash"] and not content.create_only:
        await _note_newer(kind, content, before)
    return FiledRecord(id=before["id"], change=RowChange.UNCHANGED, change_n=before["change_n"])


async def _note_newer(kind: str, content: Content, before: Row) -> None:
    said_later = content.updated and (
        before["updated"] is None or content.updated > before["updated"]
    )
    counted_on = (
        content.version.isdecimal()
        and before["version"].isdecimal()
        and int(content.version) > int(before["version"])
        and (content.updated is None or content.updated == before["updated"])
    )
    if said_later or counted_on:
        said = {"id": before["id"], "updated": content.updated, "version": content.version}
        await update_rows(RowToStore(TABLES[kind], said))


def event_time(content: Content, before: Row | None) -> datetime | None:
    """Give the time of what is new in a record; None if the sender gives none.

    A correction that repeats the time of the first report is news of today, not of that time.
    """
    if before is None:
        return content.happened_at
    if content.updated != before["updated"]:
        return content.updated
    return content.happened_at if content.happened_at != before["happened_at"] else None


def as_of(filing: Filing, content: Content) -> datetime:
    """Give the time of the facility's statement by its own clock, but never a future one."""
    return min(content.updated or filing.accepted_at, filing.accepted_at)


def is_hidden(content: Content) -> bool:
    """Tell whether the record's class is never shown."""
    known = rules().named(content.restriction)
    return known is not None and known.hidden


def _finished_at(
    kind: str, filing: Filing, content: Content, before: Row | None
) -> datetime | None:
    """Say when it was finished first: that it was unfinished in between is no new beginning."""
    was = before and before["finished_at"]
    return was or (as_of(filing, content) if is_finished(TABLES[kind], content.status) else None)


def _visibility(
    kind: str, filing: Filing, before: Row | None, columns: Mapping[str, Any],
    restrictions: Collection[str],
) -> Visibility:  # fmt: skip
    """Say whether it is to be seen. Of a measurement that a report shows, `with_reports` says."""
    seen = before is not None and before["visible_from"] is not None
    if columns["hidden"] and not seen:
        return WAITS
    if columns.get("reported") and (before is not None or filing.policies):
        return WAITS if before is None else visibility_of(before)
    if not filing.policies and before is None:
        return VISIBLE
    return decide(
        filing.policies,
        TABLES[kind],
        columns,
        [columns["restriction"], *restrictions],
        filing.accepted_at,
        seen=seen,
        kept_back=before is not None and before["kept_back"],
    )


def refuse_too_large(kind: str, path: str, *texts: str) -> None:
    """Refuse a record that would hold up whoever reads it; nothing is cut.

    Args:
        kind: FHIR's word for it.
        path: where it stands in the message.
        texts: what is stored of it to be read.

    Raises:
        RecordTooLarge: together they have more bytes than one of its kind may have.
    """
    most = kind_of(TABLES[kind]).largest
    if sum(map(len, texts)) * _BYTES_OF_LETTER <= most:
        return
    if sum(len(text.encode()) for text in texts) > most:
        raise too_large(kind, path)


def too_large(kind: str, path: str) -> RecordTooLarge:
    most = kind_of(TABLES[kind]).largest
    return RecordTooLarge(faults=[Issue(path, f"has more than {most} bytes of text to show")])


_BYTES_OF_LETTER = 4
"""At most, in UTF-8."""


async def file(
    kind: str, filing: Filing, content: Content, before: Row | None, own: Mapping[str, Any],
    restrictions: Collection[str] = (),
) -> FiledRecord:  # fmt: skip
    """Store a record that is new or has changed.

    Args:
        kind: FHIR's word for it.
        filing: the act.
        content: what came in.
        before: its row until now, if there is one.
        own: its id, and what only this kind has.
        restrictions: classes of restriction that it has beside its own.

    Raises:
        RecordTooLarge: it has more text than a patient can be shown.
    """
    refuse_too_large(kind, content.path, own["body"], content.coded)
    filing.tags[content.path] = tag_of(content.content_hash)
    columns = {
        **(content.handle.columns if content.handle else {"names": [content.key]}),
        "version": content.version,
        "updated": content.updated,
        "content_hash": content.content_hash,
        "happened_at": content.happened_at or filing.accepted_at,
        "happened_until": content.happened_until,
        "restriction": content.restriction,
        "coded": content.coded,
        "status": content.status,
        "change_n": filing.change_n,
        "received_event": filing.received_event,
        "finished_at": _finished_at(kind, filing, content, before),
        **own,
    }
    standing = _visibility(kind, filing, before, columns, restrictions)
    columns["release_at"] = standing.release_at
    if before is not None:
        await update_rows(RowToStore(TABLES[kind], columns, standing.visible))
        return FiledRecord(id=before["id"], change=RowChange.CHANGED, change_n=filing.change_n)
    columns |= {
        "facility": filing.facility,
        "key": content.key,
        "patient": filing.patient,
        "filed_under": filing.filed_under,
    }
    if not await insert_rows(RowToStore(TABLES[kind], columns, standing.visible)):
        raise OwnerChanged  # it is under another patient, meanwhile
    return FiledRecord(id=own["id"], change=RowChange.CREATED, change_n=filing.change_n)
