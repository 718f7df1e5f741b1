"""Opens sessions, refreshes them with tokens that work once, and ends them at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
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
    level_of,
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

_RENEWABLE: Final = (
    "(s.ended_at IS NULL AND s.expires_at > hub_clock() AND s.used_at > hub_clock() - $2::interval)"
)
"""Of a session `s`: it lives, and was used within `$2`."""


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
    refresh = refresh_tokens.make_token(session.id, 0)
    return _opened(session.id, refresh, await _levels_of(session.id), session.key)


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


async def _levels_of(session: UUID) -> list[str]:
    rows = await fetch(
        f"SELECT sc.level FROM session_chart sc WHERE sc.session = $1 AND {IS_REACHED}", session
    )
    return [row["level"] for row in rows]


def _strongest(levels: Iterable[str]) -> Level | None:
    strongest: Level | None = None
    for level in map(level_of, levels):
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
        opened = await _rotate(shown, token, key.thumbprint)
        if opened is None:
            opened = await _have_again(shown, key.thumbprint, address)
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


async def _rotate(shown: Refresh, token: str, key: str) -> OpenedSession | None:
    """Take the newest token of a living session, with its key; None where it is anything else.

    One statement finds, locks and rotates: what waited for another request of the session looks
    at what that one left. The levels are those when this request came.
    """
    following = refresh_tokens.make_token(shown.session, shown.generation + 1)
    row = await fetch_one(
        "UPDATE session s SET refresh_hash = $3, refresh_generation = s.refresh_generation + 1,"
        f" used_at = hub_clock(), rotated_at = hub_clock() WHERE s.id = $1 AND {_RENEWABLE}"
        " AND s.refresh_hash = $4 AND (s.key_thumbprint = $5"
        "  OR s.key_thumbprint = '' AND NOT $6) RETURNING s.key_thumbprint, ARRAY"
        f" (SELECT sc.level FROM session_chart sc WHERE sc.session = s.id AND {IS_REACHED})"
        " AS levels",
        shown.session, SESSION_IDLE, secret_hash(following), secret_hash(token), key,
        load_settings().require_dpop,
    )  # fmt: skip
    if row is None:
        return None
    return _opened(shown.session, following, row["levels"], row["key_thumbprint"])


async def _have_again(shown: Refresh, key: str, address: str) -> OpenedSession | None:
    """Give a lost answer again; end the session where a copy of its token is in other hands."""
    row = await fetch_one(
        "SELECT s.id, s.refresh_hash, s.refresh_generation, s.key_thumbprint,"
        " hub_clock() - s.rotated_at AS rotated_for FROM session s"
        f" WHERE s.id = $1 AND {_RENEWABLE} FOR NO KEY UPDATE",
        shown.session, SESSION_IDLE,
    )  # fmt: skip
    if row is None or (load_settings().require_dpop and not row["key_thumbprint"]):
        return None
    following = _made_before(row, shown, key)
    if following is None:
        await _end_in_other_hands(row["id"], address)
        return None
    return _opened(row["id"], following, await _levels_of(row["id"]), row["key_thumbprint"])


def _made_before(row: Row, shown: Refresh, key: str) -> str | None:
    """Make the newest token once more, for who shows the one before it with the session's key."""
    session, generation, bound_to = row["id"], row["refresh_generation"], row["key_thumbprint"]
    if bound_to and key != bound_to:
        return None
    behind = generation - shown.generation
    if not may_have_again(behind, row["rotated_for"], bound=bool(bound_to)):
        return None
    return refresh_tokens.made_before(session, generation, row["refresh_hash"])


async def _end_in_other_hands(session: UUID, address: str) -> None:
    """End the whole family: nobody can say which of the two is the patient."""
    act = ChartAction(Caller(session, address), "sign_in.refresh_reused", session)
    act.about = [one.chart for one in await end_whole(session, "refresh_reused")]
    await act.written_down()
    for chart in act.about:
        await send_notice(chart, REFRESH_REUSED, session)


def _opened(session: UUID, refresh: str, levels: Iterable[str], key: str) -> OpenedSession:
    seconds = int(ACCESS_LIFETIME.total_seconds())
    access = access_tokens.issue(session, key)
    return OpenedSession(session, access, refresh, seconds, _strongest(levels), bool(key))
