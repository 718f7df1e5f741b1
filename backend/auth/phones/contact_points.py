"""Whose phone a number is: what a hospital may confirm by itself, and what needs the desk."""

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from backend.auth.identity.blind_index import hashes_of, remember
from backend.auth.phones.e164 import NotAPhone, normalise
from backend.auth.phones.phones import ask_the_desk, is_anothers, phones_of
from backend.core.audit import Act, write_down
from backend.core.crypto.sealing import lookup_hash, seal
from backend.core.database import execute, fetch_value, new_id

OWN = "own"
RELATIVE = "relative"


def readable(numbers: Iterable[str | None]) -> list[str]:
    """Keep the mobile numbers of Vietnam, each once: a landline in an old record stops nobody."""
    kept: dict[str, None] = {}
    for text in numbers:
        with suppress(NotAPhone):
            kept[normalise(text or "")] = None
    return list(kept)


async def keep_own(patient: UUID, facility: UUID, number: str) -> bool:
    """Store the patient's own number; confirm it only if nobody could lose anything by that."""
    if await _is_kept(patient, number, OWN):
        return False
    confirmed = await _confirms_itself(patient, number)
    contact = await _add(patient, facility, number, OWN, confirmed=confirmed)
    await remember(patient, "phone", number)
    if not confirmed:
        await ask_the_desk(patient, contact, facility)
    what = "phone.confirmed" if confirmed else "phone.proposed"
    await write_down(
        Act(actor_kind="facility", actor=facility, patient=patient, action=what, subject=contact)
    )
    return True


async def keep_relative(patient: UUID, facility: UUID, number: str) -> bool:
    """Store the number of somebody close. No code ever goes there by itself."""
    if await _is_kept(patient, number, RELATIVE):
        return False
    await _add(patient, facility, number, RELATIVE, confirmed=False)
    return True


async def _is_kept(patient: UUID, number: str, kind: str) -> bool:
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT FROM contact_point WHERE patient = $1 AND kind = $2"
            " AND number_hash = ANY($3::bytea[]))",
            patient, kind, hashes_of("phone", number),
        )
    )  # fmt: skip


async def _confirms_itself(patient: UUID, number: str) -> bool:
    """Tell whether no confirmed phone, no sign-in and no other person stands against it."""
    await phones_of(patient, lock=True)  # a desk that confirms another one meanwhile goes first
    if await is_anothers(patient, hashes_of("phone", number)):
        return False
    return not await fetch_value(
        "SELECT EXISTS (SELECT FROM contact_point WHERE patient = $1 AND confirmed_at IS NOT NULL)"
        " OR EXISTS (SELECT FROM session WHERE patient = $1)",
        patient,
    )


async def propose_own(patient: UUID, number: str) -> UUID:
    """Store a number the patient has typed, as proposed."""
    contact = await _add(patient, None, number, OWN, confirmed=False)
    await remember(patient, "phone", number)
    return contact


async def _add(
    patient: UUID, facility: UUID | None, number: str, kind: str, *, confirmed: bool
) -> UUID:
    contact = new_id()
    await execute(
        "INSERT INTO contact_point (id, patient, number, number_hash, kind, confirmed_at,"
        " confirmed_by, proposed_by, created_at) VALUES ($1, $2, $3, $4, $5,"
        " CASE WHEN $6 THEN hub_clock() END, CASE WHEN $6 THEN 'facility' ELSE '' END, $7,"
        " hub_clock())",
        contact, patient, seal(number, table="contact_point", column="number", row=contact),
        lookup_hash("phone", number), kind, confirmed, facility,
    )  # fmt: skip
    return contact
