"""Finds out which chart a message is about; refuses what is about a stranger or two people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from backend.auth.identity.citizen_id import NotACitizenId
from backend.auth.identity.identifiers import FHIR_ID, IN_MESSAGE
from backend.auth.identity.numbering import Numbering, read_numbers
from backend.auth.registration.merge_check import NotOnePerson, lock_candidates, own_numbers
from backend.auth.registration.patients import (
    Identifier,
    IdentityConflict,
    Known,
    MergedAway,
    NotIdentified,
    OtherDetails,
    OwnNumbersConflict,
    SharedNumber,
    find,
    register,
)
from backend.core.database import savepoint
from backend.core.errors import HubError, Issue
from backend.intake.pipeline.events import (
    InboundMessage,
    PatientReference,
    PatientRegistered,
    PatientReplacement,
    StoreOutcome,
)
from backend.intake.pipeline.message_log import is_waiting
from backend.intake.pipeline.patient_state import check_state
from backend.intake.pipeline.reasons import NOT_ONE_PERSON, OTHER_DETAILS, OWN_NUMBERS, WAITS_WITH
from backend.records.lifecycle.held import hold_all
from backend.records.lifecycle.merge import lock_all, merge, unmerge

_REASONS: Final = {
    NotOnePerson: NOT_ONE_PERSON,
    OtherDetails: OTHER_DETAILS,
    OwnNumbersConflict: OWN_NUMBERS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    patient: UUID
    identifier: UUID
    """What records are filed under."""
    home: UUID
    """Which chart that was before any merge: a message is about one of the facility's patients."""
    registrations: Mapping[str, StoreOutcome] = field(default_factory=dict)
    """What became of the Patients that the message brings along, by path."""
    remarks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What its sender should hear of them, by path."""
    charts: Mapping[str, UUID] = field(default_factory=dict)
    """Which chart each of them is, by path."""


class UnknownPatient(HubError):
    """You have registered no patient with that number."""

    code = "unknown_patient"
    status = 422


class MixedPatients(HubError):
    """A message is about one patient. Nothing of this one was stored."""

    code = "mixed_patients"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a person at the facility's desk has decided about a message that waited."""

    chart: UUID | None = None
    """Which chart its Patient is."""
    one_person: bool = False
    """The two patients of its merge are one, whatever birth dates and sexes were stated."""


class MustWait(Exception):
    """A human has to say who this is about before it is stored."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class _Registered:
    """The Patients of one message, as far as they are registered; by path."""

    meant: UUID | None = None
    """Which chart its Patient is, where a person has said so."""
    done: dict[str, StoreOutcome] = field(default_factory=dict)
    remarks: dict[str, Sequence[str]] = field(default_factory=dict)
    charts: dict[str, UUID] = field(default_factory=dict)

    def note(self, path: str, known: Known, outcome: StoreOutcome) -> None:
        self.done[path] = outcome
        self.remarks[path] = known.remarks
        self.charts[path] = known.home


async def identify(
    message: InboundMessage, numbering: Numbering, ruling: Ruling | None = None
) -> Identified | None:
    """Register or find the message's patient; None when it is about nobody.

    Raises:
        UnknownPatient: not registered by this facility.
        SharedNumber: the number has two charts of this facility.
        MixedPatients: its numbers belong to different people of this facility.
        MustWait: who it is about cannot be decided here.
    """
    try:
        if message.replaced:
            return await _merged(message, numbering, ruling or Ruling())
        return await _identify(message, numbering, ruling or Ruling())
    except IdentityConflict as conflict:
        raise MustWait(_REASONS[type(conflict)]) from None


async def _identify(
    message: InboundMessage, numbering: Numbering, ruling: Ruling
) -> Identified | None:
    found: Identified | None = None
    registered = _Registered(ruling.chart)
    for event in _registrations(message):
        known = await register_one(event, numbering, registered)
        found = identified(known, registered)
    return await about_one(message.about, numbering, found)


async def _merged(message: InboundMessage, numbering: Numbering, ruling: Ruling) -> Identified:
    """Merge whom the message says is replaced, or nothing of it."""
    people = _registrations(message)
    mobiles = [registration.person.mobile for registration in people if registration.person.mobile]
    await lock_candidates(numbers_of(message), mobiles, numbering)
    async with savepoint():
        return await _merge(message, numbering, ruling)


async def _merge(message: InboundMessage, numbering: Numbering, ruling: Ruling) -> Identified:
    facility, registered = numbering.facility, _Registered()
    staying, known, said = message.replaced[0].new, dict[Identifier, Known](), list[Identifier]()
    for event in _registrations(message):
        stays = staying in event.person.identifiers
        person = event.person if stays else own_numbers(event.person, numbering)
        one = await register_one(replace(event, person=person), numbering, registered)
        known |= dict.fromkeys(event.person.identifiers, one)
        if not stays:
            said += read_numbers(event.person.identifiers, numbering, None, "").citizen_ids
    new = await _one_of(known, staying, message.replaced[0], numbering)
    olds = [
        (replacement, await _one_of(known, replacement.old, replacement, numbering))
        for replacement in message.replaced
    ]
    await about_one(message.about, numbering, identified(new, registered))
    await lock_all(facility, [new.identifier, *(old.identifier for _, old in olds)])
    for replacement, old in olds:
        if await merge(
            facility, old.identifier, new.identifier, said=said, said_at=replacement.said_at,
            one_person=ruling.one_person,
        ):  # fmt: skip
            _note_change(registered)
    return identified(new, registered)


def _note_change(registered: _Registered) -> None:
    """Who is merged has changed, even where nothing else that is said of them has."""
    for path, was in registered.done.items():
        if was is StoreOutcome.UNCHANGED:
            registered.done[path] = StoreOutcome.CHANGED


async def _one_of(
    known: Mapping[Identifier, Known],
    number: Identifier,
    said: PatientReplacement,
    numbering: Numbering,
) -> Known:
    return known.get(number) or await known_one(
        PatientReference(path=said.path, identifier=number), numbering
    )


def _registrations(message: InboundMessage) -> list[PatientRegistered]:
    return [event for event in message.events if isinstance(event, PatientRegistered)]


def numbers_of(message: InboundMessage) -> list[Identifier]:
    """List every number by which a message says who it is about, or whom it merges."""
    said = [reference.identifier for reference in message.about]
    said += [
        number for replacement in message.replaced for number in (replacement.old, replacement.new)
    ]
    for event in _registrations(message):
        said += event.person.identifiers
    return [number for number in said if number.system != IN_MESSAGE]


def identified(known: Known, registered: _Registered) -> Identified:
    return Identified(
        patient=known.patient,
        identifier=known.identifier,
        home=known.home,
        registrations=registered.done,
        remarks=registered.remarks,
        charts=registered.charts,
    )


async def about_one(
    about: Sequence[PatientReference], numbering: Numbering, found: Identified | None
) -> Identified | None:  # fmt: skip
    """See that all of it is about one of the facility's patients, as they were before any merge."""
    others: list[Issue] = []
    strangers: list[Issue] = []
    for whom in about:
        try:
            known = await known_one(whom, numbering)
        except UnknownPatient as unknown:
            strangers += unknown.faults
            continue
        found = found or identified(known, _Registered())
        if known.home != found.home:
            others.append(Issue(whom.path, "is about a second patient"))
    if others:
        raise MixedPatients(faults=others + strangers)
    if strangers:
        raise UnknownPatient(faults=strangers)
    return found


async def register_one(
    event: PatientRegistered, numbering: Numbering, registered: _Registered
) -> Known:
    """Register one Patient, and note what became of it."""
    path, facility = f"{event.path}.identifier", numbering.facility
    try:
        known = await register(
            event.person, facility, numbering,
            stands=event.unmerged, create_only=event.create_only, meant=registered.meant,
        )  # fmt: skip
        taken_back = False
    except MergedAway as merged:
        known, taken_back = await _register_again(event, numbering, merged.identifier)
    except NotACitizenId as wrong:
        raise NotACitizenId(faults=[Issue(path, wrong.message)]) from None
    except SharedNumber as shared:
        raise SharedNumber(faults=[Issue(path, fault.message) for fault in shared.faults]) from None
    except NotIdentified as nobody:
        raise NotIdentified(faults=[Issue(path, nobody.message)]) from None
    await check_state(event, known)
    if known.replaced:
        await hold_all(known.patient, facility)
    changed = StoreOutcome.CREATED if known.created else StoreOutcome.CHANGED
    done = changed if known.changed or taken_back else StoreOutcome.UNCHANGED
    registered.note(event.path, known, done)
    return known


async def _register_again(
    event: PatientRegistered, numbering: Numbering, number: UUID
) -> tuple[Known, bool]:  # fmt: skip
    """Take back a merge that its facility no longer speaks of, unless that is old news."""
    facility = numbering.facility
    async with savepoint():
        taken_back = await unmerge(facility, number, said_at=event.said_at)
        known = await register(event.person, facility, numbering)
    return known, taken_back


async def known_one(whom: PatientReference, numbering: Numbering) -> Known:
    try:
        known = await find([whom.identifier], numbering.facility, numbering)
    except NotACitizenId as wrong:
        raise NotACitizenId(faults=[Issue(whom.path, wrong.message)]) from None
    except SharedNumber as shared:
        faults = [Issue(whom.path, fault.message) for fault in shared.faults]
        raise SharedNumber(faults=faults) from None
    if known is not None:
        return known
    if await is_waiting(numbering.facility, [whom.identifier]):
        raise MustWait(WAITS_WITH)
    words = _UNKNOWN_ID if whom.identifier.system == FHIR_ID else _UNKNOWN
    raise UnknownPatient(faults=[Issue(whom.path, words)])


_UNKNOWN: Final = "refers to a patient you have not registered"
_UNKNOWN_ID: Final = (
    f"{_UNKNOWN} under this id. An id that was POSTed names nobody later: PUT the Patient, refer to"
    " its number, or have your ids declared stable (hub facility ids)"
)
