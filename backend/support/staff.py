"""Staff are added by whoever runs the hub: a name, a role, a password and a TOTP secret."""

from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import pyotp

from backend.audit import Act, write_down
from backend.crypto import seal
from backend.database import execute, new_id, transaction
from backend.errors import HubError
from backend.support.passwords import hashed, new_password
from backend.support.rules import Role

SHORTEST_PASSWORD = 12


class NameTaken(HubError):
    """Somebody of the staff already has that name."""

    code = "name_taken"
    status = 409


class UnknownRole(HubError):
    """A role is agent, supervisor, facility_admin (of a facility), auditor or operator."""

    code = "unknown_role"
    status = 422


class WeakPassword(HubError):
    """A password has at least 12 characters."""

    code = "weak_password"
    status = 422


@dataclass(frozen=True, slots=True)
class NewStaff:
    """Shown once, to be handed over: the hub keeps only a hash and a sealed secret."""

    id: UUID
    name: str
    password: str = field(repr=False)
    totp_secret: str = field(repr=False)


async def add_staff(
    name: str, role: str, facility: UUID | None = None, password: str | None = None
) -> NewStaff:
    """Add one person; without a password a strong one is made.

    With a facility they see only its patients and messages.

    Raises:
        NameTaken: the name is in use.
        UnknownRole: no such role, or a facility_admin without a facility.
        WeakPassword: the given one is too short.
    """
    if role not in set(Role) or (role == Role.FACILITY_ADMIN and facility is None):
        raise UnknownRole
    if password is not None and len(password) < SHORTEST_PASSWORD:
        raise WeakPassword
    person = NewStaff(new_id(), name, password or new_password(), pyotp.random_base32())
    await _store(person, role, facility)
    return person


async def _store(person: NewStaff, role: str, facility: UUID | None) -> None:
    password_hash = await hashed(person.password)
    try:
        async with transaction():
            await execute(
                "INSERT INTO staff (id, name, password_hash, totp_secret, role, facility)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                person.id, person.name, password_hash,
                seal(person.totp_secret, table="staff", column="totp_secret", row=person.id),
                role, facility,
            )  # fmt: skip
            await write_down(
                Act(actor_kind="system", what="support.staff_added", subject=person.id)
            )
    except asyncpg.UniqueViolationError as taken:
        raise NameTaken from taken
