"""Finds out which patient a message is about; refuses what is about a stranger or two people."""

from dataclasses import dataclass
from uuid import UUID

from backend.auth.citizen_id import NotACitizenId
from backend.auth.patients import (
    Identifier,
    IdentityConflict,
    Known,
    OwnNumbersConflict,
    find,
    register,
)
from backend.errors import Fault, HubError
from backend.intake.events import Done, Message, PatientRegistered, Whom
from backend.intake.received import is_waiting

IDENTITY = "identity"
"""It contradicts what another facility has said. Its sender must not learn that there is one."""
OWN_NUMBERS = "own_numbers"
"""It contradicts what the same facility has said before."""
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

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    patient: UUID
    identifier: UUID
    """What records are filed under."""
    registration: Done
    """What became of the Patient that the message brings along, if it does."""


async def identify(message: Message, facility: UUID) -> Identified | None:
    """Register or find the message's patient; None when it is about nobody.

    Raises:
        UnknownPatient: not registered by this facility; whether elsewhere, nobody learns.
        MixedPatients: its numbers belong to different people of this facility.
        MustWait: who it is about cannot be decided here.
    """
    try:
        return await _identify(message, facility)
    except OwnNumbersConflict:
        raise MustWait(OWN_NUMBERS) from None
    except IdentityConflict:
        raise MustWait(IDENTITY) from None


async def _identify(message: Message, facility: UUID) -> Identified | None:
    found: Identified | None = None
    for event in message.events:
        if isinstance(event, PatientRegistered):
            found = await _register(event, facility)
    others: list[Fault] = []
    strangers: list[Fault] = []
    for whom in message.about:
        try:
            known = await _known(whom, facility)
        except UnknownPatient as unknown:
            strangers += unknown.faults
            continue
        found = found or Identified(
            patient=known.patient, identifier=known.identifier, registration=Done.UNCHANGED
        )
        if known.patient != found.patient:
            others.append(Fault(whom.path, "is about a second patient"))
    if others:
        raise MixedPatients(faults=others + strangers)
    if strangers:
        raise UnknownPatient(faults=strangers)
    return found


async def _register(event: PatientRegistered, facility: UUID) -> Identified:
    try:
        before = await find(event.person.identifiers, facility)
        was_here = before is not None and before.here
        if before is not None and was_here and event.create_only:
            return Identified(
                patient=before.patient, identifier=before.identifier, registration=Done.UNCHANGED
            )
        known = await register(event.person, facility)
    except NotACitizenId as wrong:
        raise NotACitizenId(faults=[Fault(f"{event.path}.identifier", wrong.message)]) from None
    done = Done.CHANGED if was_here else Done.CREATED
    return Identified(
        patient=known.patient,
        identifier=known.identifier,
        registration=done if known.changed else Done.UNCHANGED,
    )


async def _known(whom: Whom, facility: UUID) -> Known:
    try:
        known = await find([whom.identifier], facility)
    except NotACitizenId as wrong:
        raise NotACitizenId(faults=[Fault(whom.path, wrong.message)]) from None
    if known is not None and known.here:
        return known
    if await is_waiting(facility, [whom.identifier]):
        raise MustWait(WAITS_WITH)
    raise UnknownPatient(faults=[Fault(whom.path, "refers to a patient you have not registered")])


def numbers_of(message: Message) -> list[Identifier]:
    """List every number by which a message says who it is about."""
    said = [each.identifier for each in message.about]
    for event in message.events:
        if isinstance(event, PatientRegistered):
            said += event.person.identifiers
    return said
