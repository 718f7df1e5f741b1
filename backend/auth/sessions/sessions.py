"""Opens sessions, refreshes them with tokens that work once, and ends them at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from backend.auth.access import access_tokens
from backend.auth.access.gate import Caller, NotSignedIn
from backend.auth.dpop.device_key import DeviceKey
from backend.auth.notices import REFRESH_REUSED, send_notice
from backend.auth.rules import (
    ACCESS_LIFETIME,
    SESSION_IDLE,
    SESSION_LONGEST,
    Level,
    may_have_again,
)
from backend.auth.sessions import refresh_tokens
from backend.auth.sessions.chart_actions import ChartAction, own_device
from backend.auth.sessions.devices import DeviceDetails, keep_device
from backend.auth.sessions.reach_endings import SIGNED_OUT, end_whole
from backend.auth.sessions.refresh_tokens import Refresh
from backend.auth.sessions.session_charts import (
    IS_REACHED,
    LivingSession,
    Proved,
    is_stronger,
    reach,
)
from backend.core.crypto.sealing import secret_hash
from backend.core.database import Row, execute, fetch, fetch_one, new_id, transaction
from backend.core.settings import load_settings


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """The tokens and facts that the app stores."""

    session: UUID
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    level: Level | None
    """The strongest at which it reaches a chart; None while it reaches none."""
    bound: bool
    """Whether its tokens are good only together with a proof of the app's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A new sign-in: what was proved, the phone and its key."""

    charts: Sequence[Proved]
    """What it reaches, and what it has only found."""
    device: DeviceDetails | UUID
    """What the app says of its phone, or a phone that is known already."""
    key: DeviceKey


async def open_session(opening: Opening) -> OpenedSession:
    """Open a session, in the transaction that used up the proof."""
    session = await begin_session(opening.device, opening.key)
    await reach(session, opening.charts)
    return await issue_tokens(session)


async def begin_session(device: DeviceDetails | UUID, key: DeviceKey) -> LivingSession:
    """Begin a session that reaches nothing yet, in the caller's transaction.

    Args:
        device: what the app says of its phone, or a phone that is known already.
        key: what it proves itself with.
    """
    kept = device if isinstance(device, UUID) else await keep_device(device, key.thumbprint)
    session = new_id()
    await execute(
        "INSERT INTO session (id, device, key_thumbprint, created_at, used_at, expires_at,"
        " refresh_hash) VALUES ($1, $2, $3, hub_clock(), hub_clock(), hub_clock() + $4, $5)",
        session, kept, key.thumbprint, SESSION_LONGEST,
        secret_hash(refresh_tokens.make_token(session, 0)),
    )  # fmt: skip
    return LivingSession(session, kept, key.thumbprint)


async def issue_tokens(session: LivingSession) -> OpenedSession:
    """Give the first tokens of a session, once it reaches what was proved.

    It takes the place of what was opened on the same phone, known by its key, for the same person.
    """
    await _take_the_place(session)
    level = _strongest(await _levels_of(session.id))
    refresh = refresh_tokens.make_token(session.id, 0)
    return _opened(session.id, refresh, level, session.key)


async def _take_the_place(session: LivingSession) -> None:
    """End what the same phone had opened for one of these charts: the same person begins anew."""
    await execute(
        "UPDATE session s SET ended_at = hub_clock(), ended_why = 'opened_again'"
        " WHERE s.device = $1 AND s.id <> $2 AND s.ended_at IS NULL AND EXISTS"
        " (SELECT FROM session_chart sc JOIN session_chart mine ON mine.chart = sc.chart"
        "   AND mine.session = $2 AND mine.ended_at IS NULL"
        "  WHERE sc.session = s.id AND sc.ended_at IS NULL)",
        session.device, session.id,
    )  # fmt: skip


async def _levels_of(session: UUID) -> list[Level]:
    rows = await fetch(
        f"SELECT sc.level FROM session_chart sc WHERE sc.session = $1 AND {IS_REACHED}", session
    )
    return [Level(row["level"]) for row in rows]


def _strongest(levels: Sequence[Level]) -> Level | None:
    strongest: Level | None = None
    for level in levels:
        if strongest is None or is_stronger(level, strongest):
            strongest = level
    return strongest


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
    """End the caller's own session with all that it reaches.

    Raises:
        NotSignedIn: it has ended already.
    """
    async with transaction():
        session = (await own_device(caller)).session
        act = ChartAction(caller, "sign_in.ended", session)
        act.about = [one.chart for one in await end_whole(session, SIGNED_OUT)]
        await act.written_down()


async def _rotate(shown: Refresh, token: str, key: str, address: str) -> OpenedSession | None:
    row = await fetch_one(
        "SELECT id, device, refresh_hash, refresh_generation, key_thumbprint,"
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
    level = _strongest(await _levels_of(row["id"]))
    return _opened(row["id"], following, level, row["key_thumbprint"])


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
    act = ChartAction(Caller(row["id"], address), "sign_in.refresh_reused", row["id"])
    act.about = [one.chart for one in await end_whole(row["id"], "refresh_reused")]
    await act.written_down()
    for chart in act.about:
        await send_notice(chart, REFRESH_REUSED, row["id"])


def _opened(session: UUID, refresh: str, level: Level | None, key: str) -> OpenedSession:
    seconds = int(ACCESS_LIFETIME.total_seconds())
    access = access_tokens.issue(session, key)
    return OpenedSession(session, access, refresh, seconds, level, bool(key))
