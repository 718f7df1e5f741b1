"""Finds out which patient a message is about; refuses what is about a stranger or two people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from backend.auth.identity.citizen_id import NotACitizenId
from backend.auth.registration.merge_check import NotOnePerson, hold_everybody, own_numbers
from backend.auth.registration.patients import (
    Identifier,
    IdentityConflict,
    Known,
    MergedAway,
    OwnNumbersConflict,
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
from backend.records.lifecycle.merge import lock_all, merge, unmerge


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    patient: UUID
    identifier: UUID
    """What records are filed under."""
    home: UUID
    """Who that was before any merge: a message is about one of the facility's patients."""
    registrations: Mapping[str, StoreOutcome]
    """What became of the Patients that the message brings along, by path."""


async def identify(message: InboundMessage, facility: UUID) -> Identified | None:
    """Register or find the message's patient; None when it is about nobody.

    Raises:
        UnknownPatient: not registered by this facility; whether elsewhere, nobody learns.
        MixedPatients: its numbers belong to different people of this facility.
        MustWait: who it is about cannot be decided here.
    """
    usual: dict[str, StoreOutcome] = {}
    try:
        if message.replaced:
            return await _merged(message, facility, usual)
        return await _identify(message, facility)
    except NotOnePerson:
        raise MustWait(NOT_ONE_PERSON, usual) from None
    except OwnNumbersConflict:
        raise MustWait(OWN_NUMBERS, usual) from None
    except IdentityConflict:
        raise MustWait(IDENTITY, usual) from None


async def _identify(message: InboundMessage, facility: UUID) -> Identified | None:
    found: Identified | None = None
    for event in _registered(message):
        known, done = await register_one(event, facility)
        found = identified(known, {event.path: done})
    return await about_one(message.about, facility, found)


async def _merged(
    message: InboundMessage, facility: UUID, done: dict[str, StoreOutcome]
) -> Identified:
    """Merge whom the message says is replaced, or nothing of it."""
    people = _registered(message)
    mobiles = [each.person.mobile for each in people if each.person.mobile]
    await hold_everybody(numbers_of(message), mobiles, facility)
    for event in people:
        own = await find(own_numbers(event.person).identifiers, facility)
        done[event.path] = StoreOutcome.CHANGED if own else StoreOutcome.CREATED
    try:
        async with savepoint():
            return await _merge(message, facility, done)
    except IdentityConflict:
        _note_change(done)  # what waits must sound like what was done
        raise
    except MustWait as waits:
        _note_change(done)
        raise MustWait(waits.reason, done) from None


def _note_change(done: dict[str, StoreOutcome]) -> None:
    """Who is merged has changed, even where nothing else that is said of them has."""
    done.update(
        {path: StoreOutcome.CHANGED for path, was in done.items() if was is StoreOutcome.UNCHANGED}
    )


async def _merge(
    message: InboundMessage, facility: UUID, done: dict[str, StoreOutcome]
) -> Identified:
    staying, known, said = message.replaced[0].new, dict[Identifier, Known](), list[Identifier]()
    for event in _registered(message):
        stays = staying in event.person.identifiers
        person = event.person if stays else own_numbers(event.person)
        one, done[event.path] = await register_one(replace(event, person=person), facility)
        known |= dict.fromkeys(event.person.identifiers, one)
        said += [] if stays else event.person.identifiers
    new = await _one_of(known, staying, message.replaced[0], facility)
    olds = [(each, await _one_of(known, each.old, each, facility)) for each in message.replaced]
    await about_one(message.about, facility, identified(new, done))
    await lock_all(facility, [new.identifier, *(old.identifier for _, old in olds)])
    for each, old in olds:
        if await merge(
            facility, old.identifier, new.identifier, said=said, said_at=each.said_at
        ):  # fmt: skip
            _note_change(done)
    return identified(new, done)


async def _one_of(
    known: Mapping[Identifier, Known], number: Identifier, said: PatientReplacement, facility: UUID
) -> Known:
    return known.get(number) or await known_one(
        PatientReference(path=said.path, identifier=number), facility
    )


def _registered(message: InboundMessage) -> list[PatientRegistered]:
    return [each for each in message.events if isinstance(each, PatientRegistered)]


def numbers_of(message: InboundMessage) -> list[Identifier]:
    """List every number by which a message says who it is about, or whom it merges."""
    said = [each.identifier for each in message.about]
    said += [number for each in message.replaced for number in (each.old, each.new)]
    for event in message.events:
        if isinstance(event, PatientRegistered):
            said += event.person.identifiers
    return said


IDENTITY = "identity"
"""It contradicts what another facility has said. Its sender must not learn that there is one."""
OWN_NUMBERS = "own_numbers"
"""It contradicts what the same facility has said before."""
NOT_ONE_PERSON = "not_one_person"
"""A merge of two people whom the same facility has described as two."""
WAITS_WITH = "waits_with"
"""An earlier message about the same number waits."""


class UnknownPatient(HubError):
    """You have registered no patient with that number."""

    code = "unknown_patient"
    status = 422


class MixedPatients(HubError):
    """A message is about one patient. Nothing of this one was stored."""

    code = "mixed_patients"
    status = 422


class MustWait(Exception):
    """A human has to say who this is about before it is stored."""

    def __init__(self, reason: str, usual: Mapping[str, StoreOutcome] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.usual = usual or {}
        """What each Patient would have become otherwise, by path: the sender hears that."""


def identified(known: Known, registrations: Mapping[str, StoreOutcome]) -> Identified:
    return Identified(
        patient=known.patient,
        identifier=known.identifier,
        home=known.home,
        registrations=registrations,
    )


async def about_one(
    about: Sequence[PatientReference], facility: UUID, found: Identified | None
) -> Identified | None:  # fmt: skip
    """See that all of it is about one of the facility's patients, as they were before any merge."""
    others: list[Issue] = []
    strangers: list[Issue] = []
    for whom in about:
        try:
            known = await known_one(whom, facility)
        except UnknownPatient as unknown:
            strangers += unknown.faults
            continue
        found = found or identified(known, {})
        if known.home != found.home:
            others.append(Issue(whom.path, "is about a second patient"))
    if others:
        raise MixedPatients(faults=others + strangers)
    if strangers:
        raise UnknownPatient(faults=strangers)
    return found


async def register_one(event: PatientRegistered, facility: UUID) -> tuple[Known, StoreOutcome]:
    try:
        before = await find(event.person.identifiers, facility)
        was_here = before is not None and before.here
        if before is not None and was_here and event.create_only:
            return before, StoreOutcome.UNCHANGED
        try:
            known = await register(event.person, facility, stands=event.unmerged)
        except MergedAway as merged:
            return await _register_again(event, facility, merged.identifier)
    except NotACitizenId as wrong:
        raise NotACitizenId(faults=[Issue(f"{event.path}.identifier", wrong.message)]) from None
    done = StoreOutcome.CHANGED if was_here else StoreOutcome.CREATED
    return known, done if known.changed else StoreOutcome.UNCHANGED


async def _register_again(
    event: PatientRegistered, facility: UUID, number: UUID
) -> tuple[Known, StoreOutcome]:  # fmt: skip
    """Take back a merge that its facility no longer speaks of, unless that is old news."""
    async with savepoint():
        taken_back = await unmerge(facility, number, said_at=event.said_at)
        known = await register(event.person, facility)
    return known, StoreOutcome.CHANGED if taken_back or known.changed else StoreOutcome.UNCHANGED


async def known_one(whom: PatientReference, facility: UUID) -> Known:
    try:
        known = await find([whom.identifier], facility)
    except NotACitizenId as wrong:
        raise NotACitizenId(faults=[Issue(whom.path, wrong.message)]) from None
    if known is not None and known.here:
        return known
    if await is_waiting(facility, [whom.identifier]):
        raise MustWait(WAITS_WITH)
    raise UnknownPatient(faults=[Issue(whom.path, "refers to a patient you have not registered")])
