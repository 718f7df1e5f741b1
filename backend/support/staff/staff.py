"""Adds, lists, resets and disables staff, for the operator of the hub."""

from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import pyotp

from backend.core.audit import Act, write_down
from backend.core.crypto.sealing import seal
from backend.core.database import execute, fetch, fetch_value, new_id, transaction
from backend.core.errors import HubError
from backend.support.rules import Role
from backend.support.staff.passwords import hashed, new_password
from backend.support.staff.sign_in_tries import forget_places

SHORTEST_PASSWORD = 12


class NameTaken(HubError):
    """A member of staff already has that name."""

    code = "name_taken"
    status = 409


class UnknownStaff(HubError):
    """No member of staff has that name. `hub staff list` shows all."""

    code = "unknown_staff"
    status = 404


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
    """The secrets of a new member, shown once: the hub stores a hash and a sealed secret."""

    id: UUID
    name: str
    password: str = field(repr=False)
    totp_secret: str = field(repr=False)

    def in_the_open(self) -> dict[str, str]:
        return {"name": self.name, "password": self.password, "totpSecret": self.totp_secret}


async def add_staff(
    name: str, role: str, facility: UUID | None = None, password: str | None = None
) -> NewStaff:
    """Add a member of staff; without a password, the hub makes a strong one.

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


async def disable_staff(name: str) -> None:
    """Disable a member from the next request on, in every process.

    Raises:
        UnknownStaff: nobody has that name.
    """
    async with transaction():
        person = await _found(
            "UPDATE staff SET disabled_at = coalesce(disabled_at, hub_clock())"
            " WHERE name = $1 RETURNING id",
            name,
        )
        await _end_sessions(person)
        await write_down(Act(actor_kind="system", action="support.staff_disabled", subject=person))


async def reset_staff(name: str) -> NewStaff:
    """Give a member a new password and TOTP secret, and unlock and enable them.

    Raises:
        UnknownStaff: nobody has that name.
    """
    password, totp_secret = new_password(), pyotp.random_base32()
    password_hash = await hashed(password)
    async with transaction():
        person = await _found("SELECT id FROM staff WHERE name = $1 FOR UPDATE", name)
        await execute(
            "UPDATE staff SET password_hash = $2, totp_secret = $3, totp_step = 0,"
            " disabled_at = NULL WHERE id = $1",
            person, password_hash,
            seal(totp_secret, table="staff", column="totp_secret", row=person),
        )  # fmt: skip
        await forget_places(str(person))
        await _end_sessions(person)
        await write_down(Act(actor_kind="system", action="support.staff_reset", subject=person))
    return NewStaff(person, name, password, totp_secret)


async def all_staff() -> list[dict[str, str]]:
    """List all members for a command: never a hash or a secret."""
    rows = await fetch(
        "SELECT s.name, s.role, coalesce(f.code, '') AS facility,"
        " CASE WHEN s.disabled_at IS NOT NULL THEN 'disabled'"
        "  WHEN EXISTS (SELECT FROM staff_place p WHERE p.about = s.id::text"
        "   AND p.locked_until > hub_clock()) THEN 'locked' ELSE 'active' END AS state"
        " FROM staff s LEFT JOIN facility f ON f.id = s.facility ORDER BY s.name"
    )
    return [dict(row) for row in rows]


async def _found(sql: str, name: str) -> UUID:
    person: UUID | None = await fetch_value(sql, name)
    if person is None:
        raise UnknownStaff
    return person


async def _end_sessions(person: UUID) -> None:
    await execute(
        "UPDATE staff_session SET ended_at = hub_clock() WHERE staff = $1 AND ended_at IS NULL",
        person,
    )


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
                Act(actor_kind="system", action="support.staff_added", subject=person.id)
            )
    except asyncpg.UniqueViolationError as taken:
        raise NameTaken from taken
