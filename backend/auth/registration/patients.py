"""Who a person is: registers patients from what hospitals say, and finds them again.

A person is known by the citizen id, else by a facility's own number; never by name, phone or year
of birth. National numbers other than the citizen id are kept, but nobody is found by them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from unicodedata import normalize
from uuid import UUID

from backend.auth.caregivers.reviews import move_reviews
from backend.auth.identity import demographics, identifiers
from backend.auth.identity.blind_index import Sought, people_found_by, wait_in_turn
from backend.auth.identity.demographic_match import better_of, contradicts, same_birth_date
from backend.auth.identity.demographics import Details
from backend.auth.identity.identifiers import Filed, Identifier, is_citizen_id
from backend.auth.phones import contact_points
from backend.core.audit import Act, write_down
from backend.core.errors import HubError

__all__ = ["Identifier", "IdentityConflict", "Known", "MergedAway", "NotIdentified",
           "OwnNumbersConflict", "Person", "find",
           "find_by_citizen_id", "find_by_phone", "register"]  # fmt: skip


class IdentityConflict(HubError):
    """These identifiers and details do not belong to one person."""

    code = "identity_conflict"
    status = 409


class OwnNumbersConflict(IdentityConflict):
    """Two of your own numbers, or a number and a citizen id, that you gave to different people."""

    code = "own_numbers_conflict"


class MergedAway(Exception):
    """This is said of somebody who was merged into another patient, as if that had not been."""

    def __init__(self, identifier: UUID) -> None:
        super().__init__()
        self.identifier = identifier
        """By which number."""


class NotIdentified(HubError):
    """A patient needs a citizen id or the facility's own patient number."""

    code = "not_identified"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a hospital says about a patient."""

    identifiers: tuple[Identifier, ...]
    name: str
    birth_date: str | None
    """Partial: 1953, 1953-05 or 1953-05-02."""
    sex: str
    language: str = "vi"
    deceased_at: datetime | None = None
    mobile: str | None = None
    """The patient's own phone, as written."""
    other_phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    patient: UUID
    identifier: UUID
    """The patient_identifier row that records are filed under."""
    changed: bool
    here: bool
    """Whether the facility that asks has registered them itself."""
    home: UUID
    """Whose the number is by right: another patient than it leads to while the two are merged."""


async def register(person: Person, facility: UUID, *, stands: bool = False) -> Known:
    """Create or update a patient, in intake's transaction. The same again changes nothing.

    What is said of somebody who was merged into another patient does not describe that one.

    Args:
        person: as the hospital describes them.
        facility: the hospital.
        stands: whether it says that this patient is merged into nobody.

    Raises:
        MergedAway: but is; nothing was changed.
        IdentityConflict: this cannot be one person; nothing was changed, a human must look.
        NotIdentified: no number a person can be known by.
        NotACitizenId: what was given as a citizen id is none.
    """
    stated = identifiers.tidy(person.identifiers)
    sought = identifiers.sought(stated, facility)
    own = contact_points.readable([person.mobile])
    if not sought:
        raise NotIdentified
    await wait_in_turn([*sought, *(("phone", number) for number in own)])
    patient, merged = await _the_one(sought), None
    if patient is None:
        patient, filed, changed = await _add(person, facility), list[Filed](), True
    else:
        stored = await _stored(patient)
        filed, changed = stored.filed, False
        merged = identifiers.merged_away(filed, stated, facility)
        if merged and stands:
            raise MergedAway(merged.id)
        if merged:
            _check_citizen_id(stated, filed, facility)
        else:
            changed = await _update(stored, person, stated, facility)
    for identifier in identifiers.own_of(stated) if merged else stated:
        if not identifiers.is_known(identifier, facility, filed):
            home = merged.home if merged else None
            filed.append(await identifiers.file(patient, identifier, facility, home))
            changed = True
    if not merged:
        others = contact_points.readable(person.other_phones)
        changed |= await _keep_phones(patient, facility, own, others)
    return _known(patient, identifiers.filed_under(filed, stated, facility), changed=changed)


def _known(patient: UUID, number: Filed, *, changed: bool = False, here: bool = True) -> Known:
    return Known(patient, number.id, changed, here, number.home or patient)


async def find(stated: Sequence[Identifier], facility: UUID) -> Known | None:
    """Find who is meant, among everybody the hub knows.

    Raises:
        IdentityConflict: the identifiers point to two people.
        NotACitizenId: what was given as a citizen id is none.
    """
    tidy = identifiers.tidy(stated)
    sought = identifiers.sought(tidy, facility)
    _check_one_citizen_id(sought)
    found = await identifiers.filed_of_those(sought)
    patient = _one_of(list(found))
    if patient is None:
        return None
    filed = found[patient]
    here = any(each.facility == facility for each in filed)
    return _known(patient, identifiers.filed_under(filed, tidy, facility), here=here)


async def find_by_citizen_id(number: str) -> UUID | None:
    """Find the patient with this parsed citizen id."""
    return next(iter(await people_found_by([("citizen-id", number)])), None)


async def find_by_phone(number: str) -> list[UUID]:
    """Find everybody who gave this E.164 number as their own, confirmed or not."""
    return await people_found_by([("phone", number)])


async def _the_one(sought: Sequence[Sought]) -> UUID | None:
    _check_one_citizen_id(sought)
    return _one_of(await people_found_by(sought))


def _check_one_citizen_id(sought: Sequence[Sought]) -> None:
    if len({value for kind, value in sought if kind == "citizen-id"}) > 1:
        raise OwnNumbersConflict


def _one_of(people: Sequence[UUID]) -> UUID | None:
    if len(people) > 1:
        raise IdentityConflict
    return people[0] if people else None


async def _add(person: Person, facility: UUID) -> UUID:
    patient = await demographics.store_new(_details_of(person), facility)
    await _write_down("patient.registered", patient, facility)
    return patient


@dataclass(frozen=True, slots=True)
class _Stored:
    patient: UUID
    details: Details
    filed: list[Filed]


async def _stored(patient: UUID) -> _Stored:
    locked = await demographics.locked_details(patient)
    return _Stored(patient, locked, await identifiers.filed_of(patient))


async def _update(
    stored: _Stored, person: Person, stated: list[Identifier], facility: UUID
) -> bool:
    """Take over what is new, if it can be the same person at all."""
    before, after = stored.details, _details_of(person)
    facilities = {each.facility for each in stored.filed}
    _check_citizen_id(stated, stored.filed, facility)
    if facilities != {facility}:
        if contradicts(before, after):
            raise IdentityConflict
        if facility not in facilities and not same_birth_date(before.birth_date, after.birth_date):
            raise IdentityConflict
        after = better_of(before, after)
    if facility not in facilities:
        await _write_down("patient.linked", stored.patient, facility)
    if after == before:
        return False
    await demographics.store(stored.patient, after)
    if after.birth_date != before.birth_date:
        await move_reviews(stored.patient, after.birth_date, facility)
    await _write_down("patient.changed", stored.patient, facility)
    return True


def _check_citizen_id(stated: list[Identifier], filed: list[Filed], facility: UUID) -> None:
    """Refuse to move a hospital number from one citizen id to another, unless that was cancelled.

    Who still says the cancelled one is behind the times, not in contradiction.
    """
    numbers = [each for each in filed if is_citizen_id(each.identifier)]
    has = {each.identifier for each in numbers if each.active}
    cancelled = {each.identifier for each in numbers if not each.active} - has
    said = {each for each in stated if is_citizen_id(each)} - cancelled
    if has and not said <= has:
        own = any(each.facility == facility for each in numbers if each.active)
        raise OwnNumbersConflict if own else IdentityConflict


async def _keep_phones(patient: UUID, facility: UUID, own: list[str], others: list[str]) -> bool:
    changed = False
    for number in own:
        changed |= await contact_points.keep_own(patient, facility, number)
    for number in others:
        if number not in own:
            changed |= await contact_points.keep_relative(patient, facility, number)
    return changed


def _details_of(person: Person) -> Details:
    return Details(
        name=normalize("NFC", " ".join(person.name.split())),
        birth_date=person.birth_date,
        sex=person.sex or "unknown",
        language=person.language,
        deceased_at=person.deceased_at,
    )


async def _write_down(what: str, patient: UUID, facility: UUID) -> None:
    await write_down(Act(actor_kind="facility", actor=facility, patient=patient, action=what))
