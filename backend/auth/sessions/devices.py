"""The smartphones that people signed in on, and their push tokens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.auth.access.gate import Caller
from backend.auth.access.reach import reached_by
from backend.auth.identity.blind_index import hashes_of, lock_identifiers
from backend.auth.rules import may_approve
from backend.auth.sessions.chart_actions import own_device
from backend.auth.sessions.session_charts import IS_REACHED
from backend.core.crypto.sealing import lookup_hash, seal
from backend.core.database import Row, execute, fetch, fetch_value, new_id, transaction
from backend.core.odd_rows.unreadable import UNREADABLE_NAME, note_unreadable, unsealed

_KIND = "push-token"
_REACHED_ON: Final = (
    "SELECT sc.chart FROM session s JOIN session_chart sc ON sc.session = s.id"
    f" WHERE s.device = {{}} AND s.ended_at IS NULL AND s.expires_at > hub_clock() AND {IS_REACHED}"
)
"""The charts that are reached on a device."""
_GIVEN_UP: Final = (
    "UPDATE device d SET push_token = NULL, push_token_hash = NULL"
    " WHERE d.push_token_hash = ANY($1::bytea[]) AND d.id <> $2 AND NOT EXISTS"
    f" (SELECT FROM ({_REACHED_ON.format('d.id')}) there"
    f"  WHERE there.chart NOT IN ({_REACHED_ON.format('$2')}))"
)
"""Of the devices with a token, those that reach nothing but what the device `$2` reaches too."""


@dataclass(frozen=True, slots=True)
class DeviceDetails:
    """What an app says about its phone."""

    platform: str
    model: str = ""
    name: str = ""

    def sealed(self, device: UUID) -> bytes:
        said = msgspec.json.encode((self.model, self.name)).decode()
        return seal(said, table="device", column="details", row=device)


def model_and_name(sealed: bytes | None, device: UUID) -> tuple[str, str]:
    """Give a phone's model and name; empty where it said neither, dashes where none can be read."""
    if sealed is None:
        return "", ""
    said = unsealed(sealed, table="device", column="details", row=device)
    if said is None:
        return UNREADABLE_NAME, UNREADABLE_NAME
    try:
        return msgspec.json.decode(said, type=tuple[str, str])
    except msgspec.DecodeError:  # as another version has written it
        note_unreadable("device", "details", row=device)
        return UNREADABLE_NAME, UNREADABLE_NAME


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


async def keep_device(device: DeviceDetails, key: str) -> UUID:
    """Find the phone of a sign-in by its key, or store it as a new one. It belongs to nobody."""
    known: UUID | None = await fetch_value(
        "SELECT id FROM device WHERE key_thumbprint = $1 AND key_thumbprint <> ''"
        " ORDER BY id DESC LIMIT 1",
        key,
    )
    if known:
        await execute(
            "UPDATE device SET platform = $2, details = $3, seen_at = hub_clock() WHERE id = $1",
            known, device.platform, device.sealed(known),
        )  # fmt: skip
        return known
    added = new_id()
    await execute(
        "INSERT INTO device (id, platform, details, key_thumbprint, created_at, seen_at)"
        " VALUES ($1, $2, $3, $4, hub_clock(), hub_clock())",
        added, device.platform, device.sealed(added), key,
    )  # fmt: skip
    return added


async def keep_push_token(caller: Caller, token: str) -> None:
    """Store the push token of the caller's phone; it serves all sessions on it.

    An app that was installed anew has another device of the hub's and may have the same token. A
    device whose sessions reach nothing but what this phone reaches too gives the token up, so that
    the phone is not told twice.

    Raises:
        NotSignedIn: the session has ended.
    """
    async with transaction():
        await lock_identifiers([(_KIND, token)])
        device = (await own_device(caller)).device
        await execute(_GIVEN_UP, hashes_of(_KIND, token), device)
        await execute(
            "UPDATE device SET push_token = $2, push_token_hash = $3, seen_at = hub_clock()"
            " WHERE id = $1",
            device, seal(token, table="device", column="push_token", row=device),
            lookup_hash(_KIND, token),
        )  # fmt: skip


async def my_devices(caller: Caller) -> list[MyDevice]:
    """List the caller's phone and those on which somebody reaches a chart of the caller's.

    Raises:
        NotSignedIn: the session has ended.
    """
    current = (await own_device(caller)).device
    strong = [one.chart for one in await reached_by(caller) if may_approve(one.level)]
    rows = await fetch(
        "SELECT d.id, d.platform, d.details, d.created_at, d.seen_at,"
        " d.push_token IS NOT NULL AS gets_push FROM device d WHERE d.id = ANY(ARRAY("
        "  SELECT s.device FROM session s JOIN session_chart sc ON sc.session = s.id"
        "  WHERE s.ended_at IS NULL AND s.expires_at > hub_clock()"
        f"  AND sc.chart = ANY($2) AND {IS_REACHED} UNION SELECT $1)) ORDER BY d.id DESC",
        current, strong,
    )  # fmt: skip
    return [_mine(row, current) for row in rows]


def _mine(row: Row, current: UUID) -> MyDevice:
    model, name = model_and_name(row["details"], row["id"])
    return MyDevice(
        id=row["id"],
        platform=row["platform"],
        model=model,
        name=name,
        created_at=row["created_at"],
        seen_at=row["seen_at"],
        current=row["id"] == current,
        gets_push=row["gets_push"],
    )
