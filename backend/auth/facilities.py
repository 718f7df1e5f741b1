"""The hospitals and clinics that send to the hub, and the keys their systems show at the door."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.audit import Act, write_down
from backend.crypto import new_secret, secret_hash
from backend.database import execute, fetch, fetch_one, fetch_value, new_id, transaction
from backend.errors import HubError

_MARK = "hubkey_"


class WrongKey(HubError):
    """The facility key is missing, wrong, revoked or past its end."""

    code = "wrong_key"
    status = 401


class UnknownKey(HubError):
    """There is no facility key with this id. `hub facility keys` shows them."""

    code = "unknown_key"
    status = 404


class UnknownFacility(HubError):
    """There is no facility with this code. Add it with `hub facility add`."""

    code = "unknown_facility"
    status = 404


@dataclass(frozen=True, slots=True)
class FacilityCaller:
    """Which facility asks, and with which of its keys."""

    facility: UUID
    key: UUID


async def add_facility(code: str, name: str, short_name: str, hotline: str) -> UUID:
    """Write down a facility; `code` is its MA_CSKCB or GLN, `short_name` begins its texts."""
    facility = new_id()
    async with transaction():
        await execute(
            "INSERT INTO facility (id, code, name, short_name, hotline)"
            " VALUES ($1, $2, $3, $4, $5)",
            facility, code, name, short_name, hotline,
        )  # fmt: skip
        await write_down(Act(actor_kind="system", what="facility.added", subject=facility))
    return facility


async def facility_by_code(code: str) -> UUID:
    """Find a facility by its MA_CSKCB or GLN.

    Raises:
        UnknownFacility: there is none with this code.

    """
    found: UUID | None = await fetch_value("SELECT id FROM facility WHERE code = $1", code)
    if found is None:
        raise UnknownFacility
    return found


class WhichFacility(HubError):
    """There is more than one facility, or none: name one by its code."""

    code = "which_facility"
    status = 422


async def only_facility() -> UUID:
    """Give the one facility of a hub that has one.

    Raises:
        WhichFacility: there is none, or more than one.
    """
    found = await fetch("SELECT id FROM facility LIMIT 2")
    if len(found) != 1:
        raise WhichFacility
    one: UUID = found[0]["id"]
    return one


async def new_key(facility: UUID, label: str, expires_at: datetime | None = None) -> str:
    """Make a key. It is given this once: the hub keeps only its hash."""
    plain, key = _MARK + new_secret(), new_id()
    async with transaction():
        await execute(
            "INSERT INTO facility_key (id, facility, hash, label, expires_at)"
            " VALUES ($1, $2, $3, $4, $5)",
            key, facility, secret_hash(plain), label, expires_at,
        )  # fmt: skip
        await write_down(Act(actor_kind="system", what="facility.key_made", subject=key))
    return plain


async def keys_of(facility: UUID) -> list[dict[str, str]]:
    """List a facility's keys, the oldest first: what is known of them but the keys."""
    rows = await fetch(
        "SELECT id, label, created_at, expires_at, revoked_at FROM facility_key"
        " WHERE facility = $1 ORDER BY id",
        facility,
    )
    return [{name: "" if value is None else str(value) for name, value in row.items()}
            for row in rows]  # fmt: skip


async def revoke_key(key: UUID) -> None:
    """Make a key worthless from the next request on. Twice is harmless.

    Raises:
        UnknownKey: there is none with this id.

    """
    async with transaction():
        revoked = await fetch_value(
            "UPDATE facility_key SET revoked_at = hub_clock() WHERE id = $1 AND revoked_at IS NULL"
            " RETURNING id",
            key,
        )
        if revoked is None and not await fetch_value(
            "SELECT true FROM facility_key WHERE id = $1", key
        ):
            raise UnknownKey
        if revoked:
            await write_down(Act(actor_kind="system", what="facility.key_revoked", subject=key))


async def facility_of(key: str) -> FacilityCaller:
    """Find whose key this is.

    Raises:
        WrongKey: nobody's, or no longer anybody's.
    """
    row = await fetch_one(
        "SELECT facility, id FROM facility_key WHERE hash = $1 AND revoked_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > hub_clock())",
        secret_hash(key),
    )
    if row is None:
        raise WrongKey
    return FacilityCaller(row["facility"], row["id"])
