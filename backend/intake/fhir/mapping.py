"""Maps FHIR resources about one patient to the hub's events, or lists every fault."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final
from uuid import UUID

from backend.auth.identity.identifiers import Identifier
from backend.core.errors import Issue
from backend.intake.fhir.model.bundle import BINARY, KEPT, PARTIES, Entry, identifiers_of
from backend.intake.fhir.model.business_keys import Keys, record_reference
from backend.intake.fhir.model.datatypes import (
    MOST_ISSUES,
    Issues,
    NotUnderstood,
    has_extensions,
    refuse,
)
from backend.intake.fhir.model.references import References, Target, identifier_of
from backend.intake.fhir.patient_links import number_of, replaced_in, states_unmerged
from backend.intake.fhir.resources import (
    care,
    clinical,
    diagnostic_report,
    document_reference,
    named_resources,
    patient,
    requests,
)
from backend.intake.fhir.resources.attachment import remarks_on
from backend.intake.fhir.resources.security_labels import may_not_be_pictured
from backend.intake.fhir.resources.service_request import group_of
from backend.intake.fhir.resources.shared_content import Reader, shown_content
from backend.intake.fhir.responses import Answered
from backend.intake.pipeline.events import (
    AppointmentEvent,
    Event,
    InboundMessage,
    IntakeAnswer,
    NotStored,
    ObservationEvent,
    OtherRecordEvent,
    PartyEvent,
    PatientReference,
    PatientRegistered,
    PatientReplacement,
    PrescriptionEvent,
    ReportEvent,
)
from backend.intake.pipeline.patient_matching import MixedPatients
from backend.records.filing.contents import RecordReference, SimpleContent


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


@dataclass(frozen=True, slots=True)
class _Read:
    """The parts of a message while it is being read."""

    entries: list[Entry]
    references: References
    keys: Keys


def read_submission(sent: Submission, facility: UUID) -> InboundMessage:
    """Read one message, about one patient at most.

    Raises:
        NotUnderstood: with everything that cannot be filed.
        MixedPatients: it is about more than one person.
    """
    references = References(sent.entries)
    read = _Read(sent.entries, references, Keys(references, facility))
    problems = Issues()
    with problems.noted():
        _refuse_doubles(read)
    others: list[Issue] = []
    replaced = replaced_in(read.entries, references, problems)
    about, mentions = _pointed_to(read, replaced, problems, others)
    grouped: list[list[Event]] = []
    for entry in read.entries:
        if not problems.are_in(entry.path):
            with problems.noted():
                grouped.append(list(_events(entry, read)))
    if others:
        raise MixedPatients(faults=[*others, *problems.faults][:MOST_ISSUES])
    problems.refuse_if_any()
    answered = [_answered(read, *pair) for pair in zip(read.entries, grouped, strict=True)]
    if sent.strict:
        _refuse_what_is_not_shown(read.entries, answered)
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


def _answered(read: _Read, entry: Entry, events: Sequence[Event]) -> Answered:
    return Answered(
        path=entry.path,
        kind=entry.kind,
        local_id=_local_id(read, entry),
        content_hash=read.keys.content_hash(entry),
        events=len(events),
        not_shown=isinstance(events[-1], NotStored),
        extended=has_extensions(entry.resource),
        files=_remarks_on_files(events[-1]),
        notes=patient.remarks_on_patient(entry.resource) if entry.kind == "Patient" else (),
    )


def _local_id(read: _Read, entry: Entry) -> str:
    """Give the id of the answer. A Patient that its sender does not name hears it later."""
    if entry.kind != "Patient":
        return read.keys.local_id(entry)
    return entry.said_id if entry.names_chart else ""


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


def _refuse_doubles(read: _Read) -> None:
    seen: set[tuple[str, str]] = set()
    for entry in read.entries:
        name = (entry.kind, read.keys.key(entry))
        if name in seen and entry.kind in KEPT | {"Patient"}:
            raise refuse(entry.path, "stands twice in this Bundle")
        seen.add(name)


def _pointed_to(
    read: _Read, replaced: Sequence[PatientReplacement], problems: Issues, others: list[Issue]
) -> tuple[tuple[PatientReference, ...], tuple[RecordReference, ...]]:
    """Follow every reference: whom the message is about, and which earlier records it needs.

    What is about a second patient of this same message is added to `others`.
    """
    people = _people(read, replaced)
    about: dict[Identifier, PatientReference] = {}
    mentions: dict[RecordReference, None] = {}
    for entry in read.entries:
        with problems.noted():
            targets = list(read.references.all_in(entry))
            for target in targets:
                if target.kind == "Patient":
                    _note_reference(target, people, about, others)
                elif target.is_of_the_same and entry.kind in KEPT and not _is_here(target):
                    mentions[record_reference(target, read.keys)] = None
            if entry.kind in KEPT and not any(place.kind == "Patient" for place in targets):
                raise refuse(entry.path, "does not say which patient it is about")
    others[:0] = _second_patients(people, replaced)
    own = {Identifier(*token) for person in people for token in person.identifiers}
    return tuple(person for person in about.values() if person.identifier not in own), tuple(
        mentions
    )


def _people(read: _Read, replaced: Sequence[PatientReplacement]) -> list[Entry]:
    """List the Patients that the message can be about: not those who are replaced by another."""
    go = {link.old for link in replaced}
    return [
        entry for entry in read.entries if entry.kind == "Patient" and number_of(entry) not in go
    ]


def _second_patients(
    people: Sequence[Entry], replaced: Sequence[PatientReplacement]
) -> list[Issue]:
    if not replaced:
        return [Issue(person.path, "is a second patient") for person in people[1:]]
    stays = replaced[0].new
    strangers = [person.path for person in people if number_of(person) != stays]
    elsewhere = [link.path for link in replaced if link.new != stays]
    return [Issue(path, "is a second patient") for path in (*strangers, *elsewhere)]


def _is_here(target: Target) -> bool:
    return target.entry is not None or target.contained is not None


def _note_reference(
    target: Target, people: list[Entry], about: dict[Identifier, PatientReference],
    others: list[Issue],
) -> None:  # fmt: skip
    """Add who is meant, unless it is the Patient of this same Bundle."""
    if target.entry is not None:
        if target.entry not in people[:1]:
            others.append(Issue(target.path, "is about a second patient"))
        return
    if target.contained is not None:
        numbers = identifiers_of(target.contained)
        if not numbers:
            raise refuse(target.path, "does not say which patient it is about")
        found = Identifier(*numbers[0])
    else:
        found = identifier_of(target)
    about.setdefault(found, PatientReference(path=target.path, identifier=found))


def _events(entry: Entry, read: _Read) -> Iterator[Event]:
    """Give what an entry says; what is contained in it stands before it."""
    if entry.kind in KEPT and "modifierExtension" in entry.resource:
        raise refuse(f"{entry.path}.modifierExtension", "changes the meaning in a way unknown here")
    match entry.kind:
        case "Patient":
            person = patient.person(entry, number_of(entry))
            yield PatientRegistered(
                path=entry.path,
                person=person,
                create_only=entry.create_only,
                unmerged=states_unmerged(entry),
                said_at=patient.said_at(entry),
            )
        case "Observation":
            measured, contained = diagnostic_report.panel(entry, read.keys, read.references)
            yield from (ObservationEvent(content=resource) for resource in contained)
            yield ObservationEvent(content=measured)
        case "DiagnosticReport":
            report, contained = diagnostic_report.report(entry, read.keys, read.references)
            yield from (ObservationEvent(content=resource) for resource in contained)
            yield ReportEvent(content=report)
        case "Appointment":
            yield AppointmentEvent(content=requests.appointment(entry, read.keys, read.references))
        case "MedicationRequest":
            yield PrescriptionEvent(content=requests.medicine(entry, read.keys, read.references))
        case kind if kind in PARTIES | {BINARY}:
            party = named_resources.party(entry, read.keys, read.references)
            yield PartyEvent(content=party) if party else NotStored()
        case kind if kind in SHOWN:
            yield OtherRecordEvent(content=_shown(entry, read))
        case _:
            yield NotStored()


def _shown(entry: Entry, read: _Read) -> SimpleContent:
    content = shown_content(entry, read.keys, read.references, SHOWN[entry.kind])
    match entry.kind:
        case "ServiceRequest":
            group = group_of(entry, read.keys, read.references)
            return replace(content, columns={**content.columns, "order_group": group})
        case "DocumentReference":
            withheld = may_not_be_pictured(entry.resource, read.keys.names_referred_to(entry))
            beside = (read.keys, read.references)
            files = document_reference.document_files(entry, *beside, withheld=withheld)
            return replace(content, files=files)
        case _:
            return content


SHOWN: Final[dict[str, Reader]] = {
    **care.READERS,
    **document_reference.READERS,
    **clinical.READERS,
}
"""FHIR's word for each kind that is only shown, and what reads it: by the modules that do."""


def _hash_of(read: _Read) -> bytes:
    """Hash what is said, in the order it is said."""
    parts: Sequence[bytes] = [
        f"{entry.kind}\0{read.keys.key(entry)}\0".encode() + read.keys.content_hash(entry)
        for entry in read.entries
    ]
    return sha256(b"".join(parts)).digest()
