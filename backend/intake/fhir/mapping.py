"""Maps FHIR resources about one patient to the hub's events, or lists every fault."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from backend.core.errors import Issue
from backend.intake.fhir.entry_events import events_of
from backend.intake.fhir.model.bundle import KEPT, PARTIES, Entry
from backend.intake.fhir.model.business_keys import Keys
from backend.intake.fhir.model.datatypes import (
    MOST_ISSUES,
    Issues,
    NotUnderstood,
    has_extensions,
    refuse,
)
from backend.intake.fhir.model.message_parts import MessageParts
from backend.intake.fhir.model.parsing import refuse_faults
from backend.intake.fhir.model.references import References
from backend.intake.fhir.model.sender import SendingFacility
from backend.intake.fhir.patient_links import replaced_in
from backend.intake.fhir.resources import (
    patient,
)
from backend.intake.fhir.resources.attachment import remarks_on
from backend.intake.fhir.responses import ID_NOT_HELD, NOT_SHOWN, Answered
from backend.intake.fhir.subjects import pointed_to
from backend.intake.pipeline.events import (
    Event,
    InboundMessage,
    IntakeAnswer,
    NotStored,
    OtherRecordEvent,
    ReportEvent,
)
from backend.intake.pipeline.patient_matching import MixedPatients


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The entries that are read as one message."""

    raw: bytes
    entries: list[Entry]
    sender_id: str | None
    answered: Callable[[Sequence[Answered]], IntakeAnswer]
    posted: bool = False
    """It is one resource, and was POSTed."""
    strict: bool = False
    """The sender wants to hear of everything that would be kept and not shown, instead."""


def read_submission(sent: Submission, sender: SendingFacility) -> InboundMessage:
    """Read one message, about one patient at most.

    Raises:
        NotUnderstood: with everything that cannot be filed.
        MixedPatients: it is about more than one person.
    """
    present = [entry for entry in sent.entries if not entry.left_out]
    references = References(present, sender.bases)
    read = MessageParts(present, references, Keys(references, sender, present))
    problems = Issues()
    with problems.noted():
        _refuse_doubles(read)
    others: list[Issue] = []
    replaced = replaced_in(read.entries, references, problems)
    about, mentions = pointed_to(read, replaced, problems, others)
    grouped: list[list[Event]] = []
    for entry in sent.entries:
        if not problems.are_in(entry.path):
            with problems.noted():
                grouped.append(list(events_of(entry, read)))
    if others:
        raise MixedPatients(faults=[*others, *problems.faults][:MOST_ISSUES])
    problems.refuse_if_any()
    answered = [_answered(read, *pair) for pair in zip(sent.entries, grouped, strict=True)]
    if sent.strict:
        refuse_faults([fault for entry in sent.entries for fault in entry.odd])
        _refuse_what_is_not_shown(sent.entries, answered)
    return InboundMessage(
        dialect="fhir",
        sender_id=sent.sender_id,
        raw=sent.raw,
        posted=sent.posted,
        content_hash=_hash_of(read),
        about=about,
        events=tuple(event for group in grouped for event in group),
        answer=sent.answered(answered),
        references=mentions,
        replaced=replaced,
    )


def _answered(read: MessageParts, entry: Entry, events: Sequence[Event]) -> Answered:
    return Answered(
        path=entry.path,
        kind=entry.kind,
        local_id=_local_id(read, entry, events[-1]),
        content_hash=read.keys.content_hash(entry),
        events=len(events),
        not_shown=entry.left_out or (NOT_SHOWN if isinstance(events[-1], NotStored) else ""),
        extended=has_extensions(entry.resource),
        files=_remarks_on_files(events[-1]),
        notes=patient.remarks_on_patient(entry.resource) if entry.kind == "Patient" else (),
        odd=entry.odd,
        hints=(ID_NOT_HELD,) if _says_an_id_in_vain(entry) else (),
    )


def _says_an_id_in_vain(entry: Entry) -> bool:
    """Tell whether an id names nothing later, of a kind that others refer to."""
    is_named = entry.kind in KEPT | PARTIES | {"Patient"}
    return is_named and bool(entry.resource.get("id")) and not entry.holds_id


def _local_id(read: MessageParts, entry: Entry, event: Event) -> str:
    """Give the id of the answer. A resource that its sender does not name hears it later."""
    if entry.holds_id:
        return entry.said_id
    return read.keys.local_id(entry) if isinstance(event, NotStored) else ""


def _remarks_on_files(event: Event) -> tuple[str, ...]:
    match event:
        case ReportEvent() | OtherRecordEvent():
            return remarks_on(event.content.files)
        case _:
            return ()


def _refuse_what_is_not_shown(entries: Sequence[Entry], answered: Sequence[Answered]) -> None:
    faults = [
        Issue(entry.path, words)
        for entry, reading in zip(entries, answered, strict=True)
        for words in reading.remarks
    ]
    if faults:
        raise NotUnderstood(faults=faults)


def _refuse_doubles(read: MessageParts) -> None:
    """Refuse a Patient who stands there twice; records that do are seen where they are stored."""
    seen: set[str] = set()
    for entry in read.entries:
        if entry.kind == "Patient":
            name = read.keys.key(entry)
            if name in seen:
                raise refuse(entry.path, "stands twice in this Bundle")
            seen.add(name)


def _hash_of(read: MessageParts) -> bytes:
    """Hash what is said, in the order it is said."""
    parts: Sequence[bytes] = [
        f"{entry.kind}\0{read.keys.key(entry)}\0".encode() + read.keys.content_hash(entry)
        for entry in read.entries
    ]
    return sha256(b"".join(parts)).digest()
