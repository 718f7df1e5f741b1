"""Sessions: opened by a code, carried on by refresh tokens that work once, ended at once."""

from dataclasses import dataclass, field
from uuid import UUID

from backend.audit import Act, write_down
from backend.auth import refresh_token, tokens
from backend.auth.devices import DeviceDetails, add_device, forget_push_token
from backend.auth.gate import Caller, NotSignedIn
from backend.auth.phones import trust_of_number
from backend.auth.proof import DeviceKey
from backend.auth.refresh_token import Refresh
from backend.auth.rules import ACCESS_LIFETIME, SESSION_IDLE, SESSION_LONGEST, Level, level_by_code
from backend.auth.telling import NEW_DEVICE, REFRESH_REUSED, tell
from backend.crypto import secret_hash
from backend.database import execute, fetch_one, fetch_value, new_id, transaction


@dataclass(frozen=True, slots=True)
class Opened:
    """What the app keeps."""

    session: UUID
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    level: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Who signs in, on what, and how that was proved."""

    patient: UUID
    device: DeviceDetails
    level: Level
    how: str
    """code, slip or vneid."""
    key: DeviceKey


async def open_session(opening: Opening) -> Opened:
    """Open a session on a new device, in the transaction that used the proof up."""
    session, device = new_id(), await add_device(opening.patient, opening.device)
    refresh = refresh_token.make(session, 0)
    await execute(
        "INSERT INTO session (id, patient, device, level, how, key_thumbprint, created_at, used_at,"
        " expires_at, refresh_hash)"
        " VALUES ($1, $2, $3, $4, $5, $6, hub_clock(), hub_clock(), hub_clock() + $7, $8)",
        session, opening.patient, device, opening.level.value, opening.how,
        opening.key.thumbprint, SESSION_LONGEST, secret_hash(refresh),
    )  # fmt: skip
    if await _others(opening.patient, device):
        await tell(opening.patient, NEW_DEVICE, session)
    return _opened(session, opening.patient, refresh, opening.level)


async def level_of_code(patient: UUID) -> Level:
    """Say how far a code is trusted now that it was shown."""
    before = await fetch_one(
        "SELECT (SELECT count(*) FROM device WHERE patient = $1) AS devices,"
        " hub_clock() - registered_at AS registered_for FROM patient WHERE id = $1",
        patient,
    )
    assert before, "a challenge points to a patient"
    number = await trust_of_number(patient)
    return level_by_code(before["devices"], before["registered_for"], number)


async def _others(patient: UUID, device: UUID) -> bool:
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT FROM device WHERE patient = $1 AND id <> $2)", patient, device
        )
    )


async def refresh(token: str, address: str) -> Opened:
    """Give the next tokens, once. A token shown again ends the session: somebody has a copy.

    Raises:
        NotSignedIn: not ours, over, or already used.
    """
    shown = refresh_token.read(token)
    if shown is None:
        raise NotSignedIn
    async with transaction():
        opened = await _rotate(shown, token, address)
    if opened is None:
        raise NotSignedIn
    return opened


async def sign_out(caller: Caller) -> None:
    """End the caller's own session and stop pushes to its phone."""
    async with transaction():
        if await _end(caller.session, "signed_out"):
            await _write_down("sign_in.ended", caller.patient, caller.session, caller.address)


async def _rotate(shown: Refresh, token: str, address: str) -> Opened | None:
    row = await fetch_one(
        "SELECT patient, level, refresh_hash, refresh_generation FROM session WHERE id = $1"
        " AND ended_at IS NULL AND expires_at > hub_clock()"
        " AND used_at > hub_clock() - $2::interval FOR NO KEY UPDATE",
        shown.session, SESSION_IDLE,
    )  # fmt: skip
    if row is None:
        return None
    if row["refresh_hash"] != secret_hash(token):
        await _end(shown.session, "refresh_reused")
        await _write_down("sign_in.refresh_reused", row["patient"], shown.session, address)
        await tell(row["patient"], REFRESH_REUSED, shown.session)
        return None
    following = refresh_token.make(shown.session, row["refresh_generation"] + 1)
    await execute(
        "UPDATE session SET refresh_hash = $2, refresh_generation = refresh_generation + 1,"
        " used_at = hub_clock() WHERE id = $1",
        shown.session, secret_hash(following),
    )  # fmt: skip
    return _opened(shown.session, row["patient"], following, Level(row["level"]))


async def _end(session: UUID, why: str) -> bool:
    device = await fetch_value(
        "UPDATE session SET ended_at = hub_clock(), ended_why = $2"
        " WHERE id = $1 AND ended_at IS NULL RETURNING device",
        session, why,
    )  # fmt: skip
    if device is None:
        return False
    await forget_push_token(device)
    return True


def _opened(session: UUID, patient: UUID, refresh: str, level: Level) -> Opened:
    seconds = int(ACCESS_LIFETIME.total_seconds())
    return Opened(session, tokens.issue(session, patient), refresh, seconds, level)


async def _write_down(what: str, patient: UUID, session: UUID, address: str) -> None:
    await write_down(
        Act(actor_kind="patient", actor=patient, patient=patient, what=what, subject=session,
            from_where=address)
    )  # fmt: skip
