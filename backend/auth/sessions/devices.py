"""The smartphones somebody signed in on, and where pushes to them go."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.auth.access.gate import Caller, own_session
from backend.auth.identity.blind_index import hashes_of, wait_in_turn
from backend.core.crypto.sealing import lookup_hash, seal
from backend.core.database import execute, fetch, fetch_value, new_id, transaction

_KIND = "push-token"


@dataclass(frozen=True, slots=True)
class DeviceDetails:
    """What the app says about the phone it runs on."""

    platform: str
    model: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class MyDevice:
    id: UUID
    platform: str
    model: str
    name: str
    created_at: datetime
    seen_at: datetime
    current: bool
    gets_push: bool


@dataclass(frozen=True, slots=True)
class RegisteredDevice:
    """The phone somebody signs in on."""

    id: UUID
    known: bool
    """It proved a key that an earlier sign-in proved."""


async def keep_device(patient: UUID, device: DeviceDetails, key: str) -> RegisteredDevice:
    """Know the phone again by its key, or note it down as another one."""
    known: UUID | None = await fetch_value(
        "UPDATE device SET platform = $3, model = $4, name = $5, seen_at = hub_clock()"
        " WHERE id = (SELECT id FROM device WHERE patient = $1 AND key_thumbprint = $2"
        "  AND $2 <> '' ORDER BY id DESC LIMIT 1) RETURNING id",
        patient, key, device.platform, device.model, device.name,
    )  # fmt: skip
    if known:
        return RegisteredDevice(known, known=True)
    added = new_id()
    await execute(
        "INSERT INTO device (id, patient, platform, model, name, key_thumbprint, created_at,"
        " seen_at) VALUES ($1, $2, $3, $4, $5, $6, hub_clock(), hub_clock())",
        added, patient, device.platform, device.model, device.name, key,
    )  # fmt: skip
    return RegisteredDevice(added, known=False)


async def trust(device: UUID, *, anew: bool) -> None:
    """Note that somebody is sure of this phone: its key may open more by a code alone.

    Args:
        device: the phone.
        anew: it was vouched for by more than a code, so also whatever changed meanwhile is past.
    """
    await execute(
        "UPDATE device SET trusted_at = hub_clock() WHERE id = $1 AND ($2 OR trusted_at IS NULL)",
        device, anew,
    )  # fmt: skip


async def distrust(device: UUID) -> None:
    """Forget that anybody was ever sure of this phone: it may be in other hands."""
    await execute("UPDATE device SET trusted_at = NULL WHERE id = $1", device)


async def keep_push_token(caller: Caller, token: str) -> None:
    """Send this caller's pushes there, and nobody else's any more: phones are shared and sold.

    Raises:
        NotSignedIn: the session has ended.
    """
    async with transaction():
        await wait_in_turn([(_KIND, token)])
        device = (await own_session(caller)).device
        await execute(
            "UPDATE device SET push_token = NULL, push_token_hash = NULL"
            " WHERE push_token_hash = ANY($1::bytea[]) AND id <> $2",
            hashes_of(_KIND, token), device,
        )  # fmt: skip
        await execute(
            "UPDATE device SET push_token = $2, push_token_hash = $3, seen_at = hub_clock()"
            " WHERE id = $1",
            device, seal(token, table="device", column="push_token", row=device),
            lookup_hash(_KIND, token),
        )  # fmt: skip


async def forget_push_token(device: UUID) -> None:
    await execute(
        "UPDATE device SET push_token = NULL, push_token_hash = NULL WHERE id = $1", device
    )


async def my_devices(caller: Caller) -> list[MyDevice]:
    """List the phones with a live session of the caller, the newest first.

    Raises:
        NotSignedIn: the session has ended.
    """
    current = (await own_session(caller)).device
    rows = await fetch(
        "SELECT d.id, d.platform, d.model, d.name, d.created_at, d.seen_at,"
        " d.push_token IS NOT NULL AS gets_push FROM device d WHERE d.patient = $1 AND EXISTS"
        " (SELECT FROM session s WHERE s.device = d.id AND s.ended_at IS NULL"
        "  AND s.expires_at > hub_clock()) ORDER BY d.id DESC",
        caller.patient,
    )
    return [MyDevice(**row, current=row["id"] == current) for row in rows]
