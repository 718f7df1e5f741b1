"""Links a provider's identity to a patient, only if citizen id and birth date both agree."""

from dataclasses import dataclass
from uuid import UUID

from backend.auth.desk_tasks import DeskTaskKind, open_task
from backend.auth.identity.blind_index import hashes_of, wait_in_turn
from backend.auth.identity.demographic_match import same_birth_date
from backend.auth.identity.demographics import unseal_birth_date
from backend.auth.notices import IDENTITY_LINKED, send_notice
from backend.auth.registration.patients import find_by_citizen_id
from backend.core.crypto.sealing import lookup_hash
from backend.core.database import Row, execute, fetch_one, new_id
from backend.gateways.oidc.verifier import Identity

_KIND = "identity"


@dataclass(frozen=True, slots=True)
class Linked:
    link: UUID
    patient: UUID


async def linked(identity: Identity, number: str) -> Linked | None:
    """Find the patient of an identity, and link them at the first sign-in.

    Where the hub knows somebody, but not quite this one, a desk is asked to look.
    """
    account = f"{identity.issuer}\0{identity.subject}"
    await wait_in_turn([("citizen-id", number), (_KIND, account)])
    link = await _link_of(identity.issuer, account)
    patient = await find_by_citizen_id(number)
    if patient is not None and _still_holds(link, patient) and await _is(patient, identity):
        return Linked(await _keep(link, identity, account, patient), patient)
    known = patient or (link["patient"] if link else None)
    if known is not None:
        await open_task(DeskTaskKind.VNEID_MISMATCH, known, None, subject=known)
    return None


async def _link_of(issuer: str, account: str) -> Row | None:
    return await fetch_one(
        "SELECT id, patient, ended_at FROM identity_link"
        " WHERE issuer = $1 AND subject_hash = ANY($2::bytea[])",
        issuer, hashes_of(_KIND, account),
    )  # fmt: skip


def _still_holds(link: Row | None, patient: UUID) -> bool:
    return link is None or (link["patient"] == patient and link["ended_at"] is None)


async def _is(patient: UUID, identity: Identity) -> bool:
    """Compare the birth date as exactly as both know it; a record without one proves nothing."""
    stored = await fetch_one(
        "SELECT birth_date FROM patient WHERE id = $1 AND deceased_at IS NULL", patient
    )
    birth_date = unseal_birth_date(stored["birth_date"], patient) if stored else None
    return birth_date is not None and same_birth_date(birth_date, identity.birth_date)


async def _keep(link: Row | None, identity: Identity, account: str, patient: UUID) -> UUID:
    """Note the use, under the current key; a first link is told to the patient."""
    subject_hash = lookup_hash(_KIND, account)
    if link is not None:
        used: UUID = link["id"]
        await execute(
            "UPDATE identity_link SET assurance = $2, subject_hash = $3, used_at = hub_clock()"
            " WHERE id = $1",
            used, identity.assurance[:20], subject_hash,
        )  # fmt: skip
        return used
    made = new_id()
    await execute(
        "INSERT INTO identity_link (id, patient, issuer, subject_hash, assurance, created_at,"
        " used_at) VALUES ($1, $2, $3, $4, $5, hub_clock(), hub_clock())",
        made, patient, identity.issuer, subject_hash, identity.assurance[:20],
    )  # fmt: skip
    await send_notice(patient, IDENTITY_LINKED, made)
    return made
