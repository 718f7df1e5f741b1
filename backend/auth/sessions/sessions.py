"""Opens sessions, refreshes them with tokens that work once, and ends them at once."""

from dataclasses import dataclass, field
from uuid import UUID

from backend.auth.access import access_tokens
from backend.auth.access.gate import Caller, NotSignedIn, own_session
from backend.auth.dpop.device_key import DeviceKey
from backend.auth.notices import NEW_DEVICE, REFRESH_REUSED, send_notice
from backend.auth.phones.phones import trust_of_number
from backend.auth.rules import (
    ACCESS_LIFETIME,
    SESSION_IDLE,
    SESSION_LONGEST,
    STEP_UP_LIFETIME,
    Level,
    is_proven,
    level_by_code,
    level_of,
    may_have_again,
)
from backend.auth.sessions import refresh_tokens
from backend.auth.sessions.devices import (
    DeviceDetails,
    distrust,
    forget_push_token,
    keep_device,
    trust,
)
from backend.auth.sessions.refresh_tokens import Refresh
from backend.core.audit import Act, write_down
from backend.core.crypto.sealing import secret_hash
from backend.core.database import Row, execute, fetch_one, fetch_value, new_id, transaction
from backend.core.settings import load_settings


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """The tokens and facts that the app stores."""

    session: UUID
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    level: Level
    bound: bool
    """Whether its tokens are good only together with a proof of the app's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A new sign-in: the patient, the phone, the level and the proof."""

    patient: UUID
    device: DeviceDetails
    level: Level
    opened_by: str
    """code, slip or vneid."""
    key: DeviceKey


async def open_session(opening: Opening) -> OpenedSession:
    """Open a session, in the transaction that used up the proof.

    A phone that is known by its key has one session: this one takes the place of an earlier one.
    """
    key = opening.key.thumbprint
    session, kept = new_id(), await keep_device(opening.patient, opening.device, key)
    device = kept.id
    refresh = refresh_tokens.make_token(session, 0)
    await execute(
        "UPDATE session SET ended_at = hub_clock(), ended_why = 'opened_again'"
        " WHERE device = $1 AND ended_at IS NULL",
        device,
    )
    await execute(
        "INSERT INTO session (id, patient, device, level, opened_by, key_thumbprint, created_at,"
        " used_at, expires_at, refresh_hash, stepped_up_until)"
        " VALUES ($1, $2, $3, $4, $5, $6, hub_clock(), hub_clock(), hub_clock() + $7, $8,"
        " hub_clock() + $9)",
        session, opening.patient, device, opening.level.value, opening.opened_by,
        key, SESSION_LONGEST, secret_hash(refresh),
        STEP_UP_LIFETIME if is_proven(opening.level) else None,
    )  # fmt: skip
    if opening.level is not Level.OTP_LIMITED:
        await trust(device, anew=is_proven(opening.level))
    if not kept.known and await _others(opening.patient, device):
        await send_notice(opening.patient, NEW_DEVICE, session)
    return _opened(session, opening.patient, refresh, opening.level, key)


async def level_of_code(patient: UUID, key: DeviceKey) -> Level:
    """Give the level that a correct code opens on a phone with this key.

    A number that changed after a phone was trusted says nothing for that phone any more, unless
    the desk looked at it.
    """
    before = await fetch_one(
        "SELECT (SELECT count(*) FROM device WHERE patient = $1) AS devices,"
        " hub_clock() - registered_at AS registered_for,"
        " (SELECT hub_clock() - greatest(d.seen_at, (SELECT max(used_at) FROM session"
        "   WHERE device = d.id)) FROM device d"
        "  WHERE d.patient = $1 AND d.key_thumbprint = $2 AND $2 <> '' AND d.trusted_at IS NOT NULL"
        "  AND NOT EXISTS (SELECT FROM contact_point c WHERE c.patient = $1 AND c.kind = 'own'"
        "   AND c.confirmed_by <> 'desk' AND c.confirmed_at > d.trusted_at)"
        "  ORDER BY d.id DESC LIMIT 1) AS trusted_idle"
        " FROM patient WHERE id = $1",
        patient, key.thumbprint,
    )  # fmt: skip
    assert before, "a challenge points to a patient"
    number = await trust_of_number(patient)
    return level_by_code(
        before["devices"], before["registered_for"], number, before["trusted_idle"]
    )


async def _others(patient: UUID, device: UUID) -> bool:
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT FROM device WHERE patient = $1 AND id <> $2)", patient, device
        )
    )


async def refresh(token: str, key: DeviceKey, address: str) -> OpenedSession:
    """Give the next tokens, once. A second use of a token ends the session: it may be a copy.

    A phone that proves the session's key may have a lost answer again: it is the same one.

    Raises:
        NotSignedIn: not ours, over, or already used.
    """
    shown = refresh_tokens.parse_token(token)
    if shown is None:
        raise NotSignedIn
    async with transaction():
        opened = await _rotate(shown, token, key.thumbprint, address)
    if opened is None:
        raise NotSignedIn
    return opened


async def sign_out(caller: Caller) -> None:
    """End the caller's own session and stop pushes to its phone.

    Raises:
        NotSignedIn: it has ended already.
    """
    async with transaction():
        await own_session(caller)
        device = await end(caller.session, "signed_out")
        if device:
            await forget_push_token(device)
            await _write_down("sign_in.ended", caller.patient, caller.session, caller.address)


async def end(session: UUID, why: str) -> UUID | None:
    """End a live session, and give its phone."""
    ended: UUID | None = await fetch_value(
        "UPDATE session SET ended_at = hub_clock(), ended_why = $2"
        " WHERE id = $1 AND ended_at IS NULL RETURNING device",
        session, why,
    )  # fmt: skip
    return ended


async def _rotate(shown: Refresh, token: str, key: str, address: str) -> OpenedSession | None:
    row = await fetch_one(
        "SELECT id, patient, device, level, refresh_hash, refresh_generation, key_thumbprint,"
        " hub_clock() - rotated_at AS rotated_for FROM session WHERE id = $1"
        " AND ended_at IS NULL AND expires_at > hub_clock()"
        " AND used_at > hub_clock() - $2::interval FOR NO KEY UPDATE",
        shown.session, SESSION_IDLE,
    )  # fmt: skip
    if row is None or (load_settings().require_dpop and not row["key_thumbprint"]):
        return None
    following = await _successor(row, shown, token, key)
    if following is None:
        await _end_in_other_hands(row, address)
        return None
    return _opened(
        row["id"], row["patient"], following, level_of(row["level"]), row["key_thumbprint"]
    )


async def _successor(row: Row, shown: Refresh, token: str, key: str) -> str | None:
    """Give the token that follows the one shown; None when a copy of it is in other hands."""
    session, generation, bound_to = row["id"], row["refresh_generation"], row["key_thumbprint"]
    if bound_to and key != bound_to:
        return None
    if row["refresh_hash"] != secret_hash(token):
        behind = generation - shown.generation
        if not may_have_again(behind, row["rotated_for"], bound=bool(bound_to)):
            return None
        return refresh_tokens.made_before(session, generation, row["refresh_hash"])
    following = refresh_tokens.make_token(session, generation + 1)
    await execute(
        "UPDATE session SET refresh_hash = $2, refresh_generation = refresh_generation + 1,"
        " used_at = hub_clock(), rotated_at = hub_clock() WHERE id = $1",
        session, secret_hash(following),
    )  # fmt: skip
    return following


async def _end_in_other_hands(row: Row, address: str) -> None:
    """End the whole family: nobody can say which of the two is the patient."""
    await end(row["id"], "refresh_reused")
    await forget_push_token(row["device"])
    await distrust(row["device"])
    await _write_down("sign_in.refresh_reused", row["patient"], row["id"], address)
    await send_notice(row["patient"], REFRESH_REUSED, row["id"])


def _opened(session: UUID, patient: UUID, refresh: str, level: Level, key: str) -> OpenedSession:
    access, seconds = (
        access_tokens.issue(session, patient, key),
        int(ACCESS_LIFETIME.total_seconds()),
    )
    return OpenedSession(session, access, refresh, seconds, level, bool(key))


async def _write_down(action: str, patient: UUID, session: UUID, address: str) -> None:
    await write_down(
        Act(actor_kind="patient", actor=patient, patient=patient, action=action, subject=session,
            from_where=address)
    )  # fmt: skip
