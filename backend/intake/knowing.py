"""Registers a patient of a message, or finds whom a number means; says what speaks against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.auth.citizen_id import NotACitizenId
from backend.auth.patients import Known, MergedAway, find, register
from backend.database import savepoint
from backend.errors import Fault, HubError
from backend.intake.events import Done, PatientRegistered, Whom
from backend.intake.received import is_waiting
from backend.records.merging import unmerge

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

    def __init__(self, reason: str, usual: Mapping[str, Done] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.usual = usual or {}
        """What each Patient would have become otherwise, by path: the sender hears that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    patient: UUID
    identifier: UUID
    """What records are filed under."""
    home: UUID
    """Who that was before any merge: a message is about one of the facility's patients."""
    registrations: Mapping[str, Done]
    """What became of the Patients that the message brings along, by path."""


def identified(known: Known, registrations: Mapping[str, Done]) -> Identified:
    return Identified(
        patient=known.patient,
        identifier=known.identifier,
        home=known.home,
        registrations=registrations,
    )


async def about_one(
    about: Sequence[Whom], facility: UUID, found: Identified | None
) -> Identified | None:  # fmt: skip
    """See that all of it is about one of the facility's patients, as they were before any merge."""
    others: list[Fault] = []
    strangers: list[Fault] = []
    for whom in about:
        try:
            known = await known_one(whom, facility)
        except UnknownPatient as unknown:
            strangers += unknown.faults
            continue
        found = found or identified(known, {})
        if known.home != found.home:
            others.append(Fault(whom.path, "is about a second patient"))
    if others:
        raise MixedPatients(faults=others + strangers)
    if strangers:
        raise UnknownPatient(faults=strangers)
    return found


async def register_one(event: PatientRegistered, facility: UUID) -> tuple[Known, Done]:
    try:
        before = await find(event.person.identifiers, facility)
        was_here = before is not None and before.here
        if before is not None and was_here and event.create_only:
            return before, Done.UNCHANGED
        try:
            known = await register(event.person, facility, stands=event.stands)
        except MergedAway as merged:
            return await _register_again(event, facility, merged.identifier)
    except NotACitizenId as wrong:
        raise NotACitizenId(faults=[Fault(f"{event.path}.identifier", wrong.message)]) from None
    done = Done.CHANGED if was_here else Done.CREATED
    return known, done if known.changed else Done.UNCHANGED


async def _register_again(
    event: PatientRegistered, facility: UUID, number: UUID
) -> tuple[Known, Done]:  # fmt: skip
    """Take back a merge that its facility no longer speaks of, unless that is old news."""
    async with savepoint():
        taken_back = await unmerge(facility, number, said_at=event.said_at)
        known = await register(event.person, facility)
    return known, Done.CHANGED if taken_back or known.changed else Done.UNCHANGED


async def known_one(whom: Whom, facility: UUID) -> Known:
    try:
        known = await find([whom.identifier], facility)
    except NotACitizenId as wrong:
        raise NotACitizenId(faults=[Fault(whom.path, wrong.message)]) from None
    if known is not None and known.here:
        return known
    if await is_waiting(facility, [whom.identifier]):
        raise MustWait(WAITS_WITH)
    raise UnknownPatient(faults=[Fault(whom.path, "refers to a patient you have not registered")])
