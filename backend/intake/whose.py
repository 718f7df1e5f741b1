"""Finds out which patient a message is about; refuses what is about a stranger or two people."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from backend.auth.one_person import NotOnePerson, hold_everybody, own_numbers
from backend.auth.patients import Identifier, IdentityConflict, Known, OwnNumbersConflict, find
from backend.database import savepoint
from backend.intake.events import Done, Message, PatientRegistered, Replaced, Whom
from backend.intake.knowing import (
    IDENTITY,
    NOT_ONE_PERSON,
    OWN_NUMBERS,
    Identified,
    MustWait,
    about_one,
    identified,
    known_one,
    register_one,
)
from backend.records.merging import lock_all, merge


async def identify(message: Message, facility: UUID) -> Identified | None:
    """Register or find the message's patient; None when it is about nobody.

    Raises:
        UnknownPatient: not registered by this facility; whether elsewhere, nobody learns.
        MixedPatients: its numbers belong to different people of this facility.
        MustWait: who it is about cannot be decided here.
    """
    usual: dict[str, Done] = {}
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


async def _identify(message: Message, facility: UUID) -> Identified | None:
    found: Identified | None = None
    for event in _registered(message):
        known, done = await register_one(event, facility)
        found = identified(known, {event.path: done})
    return await about_one(message.about, facility, found)


async def _merged(message: Message, facility: UUID, done: dict[str, Done]) -> Identified:
    """Merge whom the message says is replaced, or nothing of it."""
    people = _registered(message)
    mobiles = [each.person.mobile for each in people if each.person.mobile]
    await hold_everybody(numbers_of(message), mobiles, facility)
    for event in people:
        own = await find(own_numbers(event.person).identifiers, facility)
        done[event.path] = Done.CHANGED if own else Done.CREATED
    try:
        async with savepoint():
            return await _merge(message, facility, done)
    except IdentityConflict:
        _note_change(done)  # what waits must sound like what was done
        raise
    except MustWait as waits:
        _note_change(done)
        raise MustWait(waits.reason, done) from None


def _note_change(done: dict[str, Done]) -> None:
    """Who is merged has changed, even where nothing else that is said of them has."""
    done.update({path: Done.CHANGED for path, was in done.items() if was is Done.UNCHANGED})


async def _merge(message: Message, facility: UUID, done: dict[str, Done]) -> Identified:
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
    known: Mapping[Identifier, Known], number: Identifier, said: Replaced, facility: UUID
) -> Known:
    return known.get(number) or await known_one(Whom(path=said.path, identifier=number), facility)


def _registered(message: Message) -> list[PatientRegistered]:
    return [each for each in message.events if isinstance(each, PatientRegistered)]


def numbers_of(message: Message) -> list[Identifier]:
    """List every number by which a message says who it is about, or whom it merges."""
    said = [each.identifier for each in message.about]
    said += [number for each in message.replaced for number in (each.old, each.new)]
    for event in message.events:
        if isinstance(event, PatientRegistered):
            said += event.person.identifiers
    return said
