"""Lists and ends a patient's own sessions, from any phone with a strong enough sign-in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.auth.access.gate import Caller, OwnSession, StrongerSignInNeeded, own_session
from backend.auth.rules import APPROVAL_LIFETIME, APPROVAL_TRIES, SESSION_IDLE, may_approve
from backend.auth.sessions.account_actions import AccountAction, refusals_written
from backend.auth.sessions.device_approval import WAITING
from backend.auth.sessions.devices import distrust, forget_push_token, model_and_name
from backend.auth.sessions.sessions import end
from backend.core.audit import Act, write_down
from backend.core.database import Row, fetch, fetch_one, transaction
from backend.core.errors import NotFound

_ENDED = "sign_in.ended"
LIVES = "s.ended_at IS NULL AND s.expires_at > hub_clock()"


@dataclass(frozen=True, slots=True)
class MySession:
    id: UUID
    device: UUID
    platform: str
    model: str
    name: str
    level: str
    opened_by: str
    created_at: datetime
    used_at: datetime
    waiting: bool
    """It asks to be approved by another phone."""
    stepped_up_until: datetime | None
    """So long restricted records are open on it too."""
    current: bool


async def my_sessions(caller: Caller, limit: int, before: UUID | None) -> list[MySession]:
    """List the caller's sessions that live, the newest first.

    Raises:
        NotSignedIn: the session has ended.
    """
    mine = await own_session(caller)
    rows = await fetch(
        "SELECT s.id, s.device, d.platform, d.details, s.level, s.opened_by, s.created_at,"
        f" s.used_at, coalesce({WAITING}, false) AS waiting,"
        " CASE WHEN s.stepped_up_until > hub_clock() THEN s.stepped_up_until END"
        "  AS stepped_up_until"
        " FROM session s JOIN device d ON d.id = s.device"
        f" WHERE s.patient = $1 AND {LIVES} AND s.used_at > hub_clock() - $4::interval"
        " AND ($5::uuid IS NULL OR s.id < $5) ORDER BY s.id DESC LIMIT $6",
        mine.patient, APPROVAL_TRIES, APPROVAL_LIFETIME, SESSION_IDLE, before, limit,
    )  # fmt: skip
    return [_mine(row, mine.id) for row in rows]


def _mine(row: Row, current: UUID) -> MySession:
    facts = dict(row)
    model, name = model_and_name(facts.pop("details"), row["device"])
    return MySession(**facts, model=model, name=name, current=row["id"] == current)


async def end_session(caller: Caller, session: UUID) -> None:
    """End one of the caller's sessions; the phone it was on is no longer trusted.

    Raises:
        NotSignedIn: the caller's own has ended.
        StrongerSignInNeeded: another one than its own, and signed in too weakly for that.
        NotFound: none of the caller's that lives.
    """
    async with refusals_written(AccountAction(caller, _ENDED, session)), transaction():
        mine = await own_session(caller)
        _may_end(mine, itself=session == mine.id)
        found = await fetch_one(
            f"SELECT s.id, s.device FROM session s WHERE s.id = $1 AND s.patient = $2 AND {LIVES}"
            " FOR NO KEY UPDATE",
            session, mine.patient,
        )  # fmt: skip
        if found is None:
            raise NotFound
        await _end_all([found], caller)


async def end_other_sessions(caller: Caller) -> None:
    """End all of the caller's sessions but this one.

    Raises:
        NotSignedIn: the caller's own has ended.
        StrongerSignInNeeded: signed in too weakly for that.
    """
    async with refusals_written(AccountAction(caller, _ENDED)), transaction():
        mine = await own_session(caller)
        _may_end(mine, itself=False)
        others = await fetch(
            f"SELECT s.id, s.device FROM session s WHERE s.patient = $1 AND s.id <> $2 AND {LIVES}"
            " ORDER BY s.id FOR NO KEY UPDATE",
            mine.patient, mine.id,
        )  # fmt: skip
        await _end_all(others, caller)


async def end_device(caller: Caller, device: UUID) -> None:
    """End all sessions on one of the caller's phones, and send no more pushes there.

    Raises:
        NotSignedIn: the caller's own session has ended.
        StrongerSignInNeeded: another phone than its own, and signed in too weakly for that.
        NotFound: no phone of the caller's.
    """
    async with refusals_written(AccountAction(caller, _ENDED, device)), transaction():
        mine = await own_session(caller)
        _may_end(mine, itself=device == mine.device)
        if not await fetch(
            "SELECT FROM device WHERE id = $1 AND patient = $2", device, mine.patient
        ):
            raise NotFound
        sessions = await fetch(
            f"SELECT s.id, s.device FROM session s WHERE s.device = $1 AND {LIVES}"
            " ORDER BY s.id FOR NO KEY UPDATE",
            device,
        )
        await _end_all(sessions, caller)
        await _forget(device)


def _may_end(mine: OwnSession, *, itself: bool) -> None:
    """Keep whoever holds only the patient's SIM card from throwing the patient out."""
    if not itself and not may_approve(mine.level):
        raise StrongerSignInNeeded


async def _end_all(sessions: Sequence[Row], caller: Caller) -> None:
    for session in sessions:
        await end(session["id"], "ended_by_patient")
        await _forget(session["device"])
        await write_down(
            Act(actor_kind="patient", actor=caller.patient, patient=caller.patient,
                action=_ENDED, subject=session["id"], from_where=caller.address)
        )  # fmt: skip


async def _forget(device: UUID) -> None:
    await forget_push_token(device)
    await distrust(device)
