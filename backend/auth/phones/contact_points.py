"""Takes in the numbers that a facility states for its charts: its word, until one is bound."""

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from backend.auth.identity.blind_index import hashes_of, index
from backend.auth.notices import PHONE_PROPOSED, PHONE_STATED, send_notice
from backend.auth.phones import phones
from backend.auth.phones.e164 import NotAPhone, normalise
from backend.auth.phones.phones import Phone, phones_of
from backend.auth.phones.rules import (
    KNOWN_FOR,
    PROPOSED_TOLD_ONCE_IN,
    STATED_TOLD_ONCE_IN,
    PhoneState,
)
from backend.core.audit import Act, write_down
from backend.core.crypto.sealing import lookup_hash, seal
from backend.core.database import execute, fetch_one, fetch_value, new_id

OWN = "own"
RELATIVE = "relative"
SUPERSEDED = "superseded"
"""The outcome of a task about a proposal whose facility states another number now."""
_SAID_NO = frozenset({PhoneState.DECLINED, PhoneState.NOT_THEIRS, PhoneState.WRONG})
"""Somebody said that it is not theirs or reaches nobody: repeating it changes nothing."""


def readable(numbers: Iterable[str | None]) -> list[str]:
    """Keep the mobile numbers of Vietnam, each once: a landline in an old record stops nobody."""
    kept: dict[str, None] = {}
    for text in numbers:
        with suppress(NotAPhone):
            kept[normalise(text or "")] = None
    return list(kept)


async def keep_own(patient: UUID, facility: UUID, number: str) -> bool:
    """Take in the own number that a facility states for its chart; tell whether anything changed.

    While nothing is bound, the one stated last is in use. Once a number is bound, another is only
    a proposal: to the person, or to that desk with a paper. Joins the caller's transaction.
    """
    among = await phones_of(patient, lock=True)  # who binds another one meanwhile goes first
    hashes = hashes_of("phone", number)
    known = next((other for other in reversed(among) if other.number_hash in hashes), None)
    if known is not None and (known.stated or known.state in _SAID_NO):
        return False
    if known is None:
        contact = await _add(patient, facility, number, OWN)
        await index(patient, "phone", number)
    else:
        contact = known.id
    before = next((other for other in among if other.stated), None)
    shared = await _is_stated_for_another(patient, hashes)
    is_new = await _state(patient, contact, facility, needs_desk=shared)
    if any(other.bound for other in among):
        action = "phone.stated" if known is not None and known.bound else "phone.proposed"
    else:
        action = "phone.confirmed"
    await write_down(
        Act(actor_kind="facility", actor=facility, patient=patient, action=action, subject=contact)
    )
    if action == "phone.proposed":
        await _propose(patient, contact, facility, before, is_new=is_new)
    elif action == "phone.confirmed":
        await _use(patient, contact)
        if before is not None and is_new:
            await _tell_the_one_before(patient, contact, before)
    return True


async def keep_relative(patient: UUID, facility: UUID, number: str) -> bool:
    """Store the number of somebody close. No code ever goes there by itself."""
    if await _is_kept(patient, number, RELATIVE):
        return False
    await _add(patient, facility, number, RELATIVE)
    return True


async def _is_kept(patient: UUID, number: str, kind: str) -> bool:
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT FROM contact_point WHERE patient = $1 AND kind = $2"
            " AND number_hash = ANY($3::bytea[]))",
            patient, kind, hashes_of("phone", number),
        )
    )  # fmt: skip


async def propose_own(patient: UUID, number: str) -> UUID:
    """Store a number that a person has typed, as proposed, in place of another that they typed."""
    await execute(
        "UPDATE contact_point SET stated_until = hub_clock() WHERE patient = $1 AND kind = 'own'"
        " AND proposed_by IS NULL AND confirmed_by = '' AND confirmed_at IS NULL"
        " AND declined_at IS NULL AND stated_until IS NULL",
        patient,
    )
    contact = await _add(patient, None, number, OWN)
    await index(patient, "phone", number)
    return contact


async def _state(patient: UUID, contact: UUID, facility: UUID, *, needs_desk: bool) -> bool:
    """Make it the one stated last; tell whether it was not stated within the last 180 days."""
    await execute(
        "UPDATE contact_point SET stated_until = hub_clock() WHERE patient = $1 AND id <> $2"
        " AND kind = 'own' AND stated_since IS NOT NULL AND stated_until IS NULL",
        patient, contact,
    )  # fmt: skip
    row = await fetch_one(
        "UPDATE contact_point c SET stated_until = NULL, proposed_by = $3, needs_desk = $5,"
        " stated_since = CASE WHEN k.known THEN c.stated_since ELSE hub_clock() END"
        " FROM (SELECT stated_since IS NOT NULL"
        "   AND coalesce(stated_until > hub_clock() - $4::interval, false) AS known"
        "  FROM contact_point WHERE id = $2) k"
        " WHERE c.id = $2 AND c.patient = $1 RETURNING k.known",
        patient, contact, facility, KNOWN_FOR, needs_desk,
    )  # fmt: skip
    assert row, "the chart's numbers are locked"
    return not row["known"]


async def _use(patient: UUID, contact: UUID) -> None:
    """Let texts go to the number that is stated last, from now on and to no other."""
    await execute(
        "WITH n AS MATERIALIZED (SELECT hub_clock() AS at), before AS (UPDATE contact_point"
        "  SET replaced_at = n.at FROM n WHERE patient = $1 AND kind = 'own' AND id <> $2"
        "  AND confirmed_at IS NOT NULL AND (replaced_at IS NULL OR replaced_at > n.at))"
        " UPDATE contact_point SET confirmed_at = n.at, usable_from = n.at, replaced_at = NULL,"
        " confirmed_by = 'facility' FROM n WHERE id = $2",
        patient, contact,
    )  # fmt: skip


async def _is_stated_for_another(patient: UUID, hashes: list[bytes]) -> bool:
    """Tell whether another person at the same facility has this number: another id, or none."""
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT FROM contact_point c JOIN patient o ON o.id = c.patient"
            " JOIN patient p ON p.id = $1 AND p.facility = o.facility"
            " WHERE c.patient <> $1 AND c.kind = 'own' AND c.number_hash = ANY($2::bytea[])"
            " AND c.confirmed_at IS NOT NULL AND c.declined_at IS NULL"
            " AND c.not_theirs_since IS NULL AND o.deceased_at IS NULL"
            " AND (c.replaced_at IS NULL OR c.replaced_at > hub_clock()) AND NOT EXISTS"
            " (SELECT FROM patient_lookup a JOIN patient_lookup b USING (kind, hash)"
            "  WHERE a.patient = o.id AND b.patient = p.id AND kind = 'citizen-id'))",
            patient, hashes,
        )
    )  # fmt: skip


async def _propose(
    patient: UUID, contact: UUID, facility: UUID, before: Phone | None, *, is_new: bool
) -> None:
    """Leave one open proposal: a task for the desk, and word to the bound number once a day.

    A number that was proposed before is no news.
    """
    await execute(
        "UPDATE contact_point SET confirmed_at = NULL, confirmed_by = '', usable_from = NULL,"
        " replaced_at = NULL WHERE id = $1",
        contact,
    )
    if before is not None:
        await phones.close_task(before.id, SUPERSEDED)
    await phones.ask_the_desk(patient, contact, facility)
    if is_new:
        await send_notice(patient, PHONE_PROPOSED, contact, once_in=PROPOSED_TOLD_ONCE_IN)


async def _tell_the_one_before(patient: UUID, contact: UUID, before: Phone) -> None:
    """Warn a number whose place its facility's word has given to another: once in 30 days."""
    if before.state not in _SAID_NO - {PhoneState.WRONG}:
        await send_notice(
            patient, PHONE_STATED, contact, numbers=[before.id], once_in=STATED_TOLD_ONCE_IN
        )


async def _add(patient: UUID, facility: UUID | None, number: str, kind: str) -> UUID:
    contact = new_id()
    await execute(
        "INSERT INTO contact_point (id, patient, number, number_hash, kind, proposed_by,"
        " created_at) VALUES ($1, $2, $3, $4, $5, $6, hub_clock())",
        contact, patient, seal(number, table="contact_point", column="number", row=contact),
        lookup_hash("phone", number), kind, facility,
    )  # fmt: skip
    return contact
