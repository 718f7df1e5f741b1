"""Invites a caregiver: one phone shows a code, and the other phone sends it back once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from backend.auth import rules
from backend.auth.access.gate import Caller
from backend.auth.access.reach import Reached, chart_for, charts_at
from backend.auth.caregivers.grants import (
    Actor,
    CannotGrant,
    EndedBy,
    NewGrant,
    local_today,
    make_grants,
)
from backend.auth.caregivers.representatives import Evidence, RepresentativeKind, kind_of_invitation
from backend.auth.credentials import typed_codes
from backend.auth.credentials.typed_codes import TypedCode
from backend.auth.identity.age import EIGHTEEN, is_surely
from backend.auth.identity.demographics import unseal_birth_date
from backend.auth.rules import Limit, RecordClass, Scope, levels_that_read
from backend.auth.sessions.chart_actions import ChartAction, chart_actions
from backend.auth.sessions.reach_endings import lock_sessions
from backend.core.clock import now
from backend.core.crypto.sealing import lookup_hash
from backend.core.database import Row, execute, fetch, fetch_one, fetch_value, new_id, transaction
from backend.core.errors import HubError, Issue, NotFound
from backend.core.http.rate_limits import LimitedKey, count

_PURPOSE = "caregiver-invitation"
_LIVE = "i.tries < $2 AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > hub_clock()"
_OPENS = (
    "invited_chart v ON v.invitation = i.id AND v.revoked_at IS NULL"
    " JOIN session s ON s.id = i.session AND s.ended_at IS NULL AND s.expires_at > hub_clock()"
    " JOIN session_chart c ON c.session = s.id AND c.chart = v.chart AND c.ended_at IS NULL"
    "  AND c.level = ANY($3)"
    " JOIN patient p ON p.id = v.chart AND p.deceased_at IS NULL"
)
"""Of an invitation `i`: the charts `v` that the session which made it still reaches."""


class WrongInvitation(HubError):
    """This invitation is not valid. Ask for another one."""

    code = "wrong_invitation"
    status = 422


@dataclass(frozen=True, slots=True)
class Offered:
    id: UUID
    code: str = field(repr=False)
    scope: Scope
    ends_at: datetime | None
    expires_at: datetime
    charts: list[UUID]


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an invitation opened: the charts, and one of the grants that open them."""

    id: UUID
    charts: list[UUID]


async def offer(
    caller: Caller, scope: Scope, ends_at: datetime | None, named: Collection[UUID] | None
) -> Offered:
    """Make an invitation and give its code, only this once: the hub stores its hash.

    It is about the charts that are named; else about all that the session reaches strongly enough
    and that can be granted in an app.

    Raises:
        NotSignedIn, StrongerSignInNeeded: the session has ended, or is too weak for this.
        NotFound: it does not reach a chart that is named.
        CannotGrant: of a chart the person is not certainly 18, its own desk alone grants it, or
            the end is not ahead.
        TooOften, FastStoreAway: too many today, or nobody can count just now.
    """
    act = ChartAction(caller, "caregiver.invited")
    async with chart_actions(act, RecordClass.CAREGIVERS) as own:
        chosen = await _chosen(caller, own, named)
        if not chosen:
            raise NotFound
        act.about = [one.chart for one in chosen]
        act.about = await _grantable(chosen, ends_at, all_of_them=named is not None)
        await count(_limited("offered", own[0].chart, rules.INVITATIONS_OFFERED))
        invitation, code = new_id(), typed_codes.new_code()
        async with transaction():
            expires_at = await fetch_value(
                "INSERT INTO caregiver_invitation (id, session, scope, kind, grant_ends_at, handle,"
                " secret_hash, created_at, expires_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, hub_clock(), hub_clock() + $8)"
                " RETURNING expires_at",
                invitation, caller.session, scope.value, kind_of_invitation(scope).value, ends_at,
                code.handle, typed_codes.stored_hash(_PURPOSE, code), rules.INVITATION_LIFETIME,
            )  # fmt: skip
            await execute(
                "INSERT INTO invited_chart (id, invitation, chart)"
                " SELECT uuidv7(), $1, chart FROM unnest($2::uuid[]) AS c (chart)",
                invitation, act.about,
            )  # fmt: skip
            await act.written_down(subject=invitation)
    return Offered(invitation, code.grouped, scope, ends_at, expires_at, act.about)


@dataclass(frozen=True, slots=True)
class Open:
    id: UUID
    scope: str
    ends_at: datetime | None
    expires_at: datetime
    charts: list[UUID]
    """Those of the caller's charts that it still opens."""


async def still_open(caller: Caller) -> list[Open]:
    """List the invitations about the caller's charts that can still be used, the newest first.

    Raises:
        NotSignedIn, StrongerSignInNeeded: as above.
    """
    act = ChartAction(caller, "caregivers")
    async with chart_actions(act, RecordClass.CAREGIVERS), transaction():
        await act.written_down()
        rows = await fetch(
            "SELECT i.id, i.scope, i.grant_ends_at AS ends_at, i.expires_at,"
            " array_agg(v.chart ORDER BY v.chart) AS charts FROM caregiver_invitation i"
            f" JOIN {_OPENS} WHERE v.chart = ANY($1) AND {_LIVE} GROUP BY i.id ORDER BY i.id DESC",
            act.about, rules.TRIES, _strong(),
        )  # fmt: skip
    return [Open(**dict(row)) for row in rows]


async def take_back(caller: Caller, invitation: UUID) -> None:
    """Let an invitation that nobody has used open none of the caller's charts any more.

    Raises:
        NotSignedIn, StrongerSignInNeeded: as above.
        NotFound: there is no such invitation about a chart of the caller's.
    """
    act = ChartAction(caller, "caregiver.invitation_revoked", invitation)
    async with chart_actions(act, RecordClass.CAREGIVERS), transaction():
        unused = await fetch_value(
            "SELECT id FROM caregiver_invitation WHERE id = $1 AND used_at IS NULL"
            " AND revoked_at IS NULL FOR NO KEY UPDATE",
            invitation,
        )
        rows = await fetch(
            "UPDATE invited_chart SET revoked_at = hub_clock() WHERE invitation = $1"
            " AND chart = ANY($2) AND revoked_at IS NULL RETURNING chart",
            unused, act.about,
        )  # fmt: skip
        if not rows:
            raise NotFound
        await execute(
            "UPDATE caregiver_invitation i SET revoked_at = hub_clock() WHERE i.id = $1 AND NOT"
            " EXISTS (SELECT FROM invited_chart v WHERE v.invitation = i.id"
            "  AND v.revoked_at IS NULL)",
            invitation,
        )
        await act.written_down(charts=[row["chart"] for row in rows])


async def accept(caller: Caller, typed: str) -> Accepted:
    """Let the caller's charts open those that the invitation with this code is about.

    Raises:
        NotSignedIn, StrongerSignInNeeded: as above.
        WrongInvitation: wrong, over, used, tried too often, or not for this person: all alike.
        TooOften, FastStoreAway: too many tries, or nobody can count just now.
    """
    own = await charts_at(caller, RecordClass.CAREGIVERS)
    await count(_limited("tried", own[0].chart if own else caller.session, rules.INVITATIONS_TRIED))
    code = typed_codes.read(typed)
    row = await _count_the_try(code) if code else None
    right = typed_codes.fits(_PURPOSE, code, row["secret_hash"] if row else None)
    act = ChartAction(caller, "caregiver.accepted", row["id"] if row else None)
    try:
        return await _use(act, row if right else None)
    except (WrongInvitation, CannotGrant) as refused:
        act.about = row["charts"] if row else []
        await act.written_down(WrongInvitation.code)
        raise WrongInvitation from refused


async def _chosen(
    caller: Caller, own: Sequence[Reached], named: Collection[UUID] | None
) -> list[Reached]:
    """Give the charts that are named, else all.

    Raises:
        NotFound, StrongerSignInNeeded: one that is named is not among them.
    """
    if named is None:
        return list(own)
    strong = {one.chart: one for one in own}
    for chart in named:
        if chart not in strong:
            await chart_for(caller, chart, RecordClass.CAREGIVERS)
    return [strong[chart] for chart in sorted(set(named))]


async def _grantable(
    charts: Sequence[Reached], ends_at: datetime | None, *, all_of_them: bool
) -> list[UUID]:
    """Refuse early what `make_grants` would refuse on the other phone, where nobody says why."""
    if ends_at is not None and ends_at <= now():
        raise CannotGrant(faults=[Issue("$.endsAt", "is not ahead")])
    rows = await fetch(
        "SELECT id, birth_date FROM patient WHERE id = ANY($1)", [one.chart for one in charts]
    )
    births = {row["id"]: unseal_birth_date(row["birth_date"], row["id"]) for row in rows}
    faults = {one.chart: _fault(one, births.get(one.chart)) for one in charts}
    able = [chart for chart, issue in faults.items() if issue is None]
    if not able or (all_of_them and len(able) < len(faults)):
        raise CannotGrant(faults=[issue for issue in faults.values() if issue][:1])
    return able


def _fault(own: Reached, birth: str | None) -> Issue | None:
    if own.discreet:
        return Issue("$.charts", "is granted by its own desk only")
    if not is_surely(EIGHTEEN, birth, local_today()):
        return Issue("$.patient", "is not certainly 18")
    return None


async def _count_the_try(code: TypedCode) -> Row | None:
    """Count first, committed by itself: a wrong guess is counted however the request ends."""
    return await fetch_one(
        f"UPDATE caregiver_invitation i SET tries = tries + 1 WHERE i.handle = $1 AND {_LIVE}"
        " RETURNING i.id, i.session, i.scope, i.kind, i.grant_ends_at, i.secret_hash,"
        " ARRAY(SELECT chart FROM invited_chart WHERE invitation = i.id AND revoked_at IS NULL"
        "  ORDER BY chart) AS charts",
        code.handle, rules.TRIES,
    )  # fmt: skip


async def _use(act: ChartAction, invitation: Row | None) -> Accepted:
    """Use the invitation up; of several at once only one succeeds.

    It opens what the session that made it still reaches, to what this session reaches.
    """
    if invitation is None:
        raise WrongInvitation
    caller = act.caller
    async with transaction():
        await lock_sessions([caller.session, invitation["session"]])
        used = await execute(
            "UPDATE caregiver_invitation SET used_at = hub_clock() WHERE id = $1"
            " AND used_at IS NULL AND revoked_at IS NULL AND expires_at > hub_clock()",
            invitation["id"],
        )
        if used != "UPDATE 1":
            raise WrongInvitation
        opened = await fetch(
            f"SELECT v.chart FROM caregiver_invitation i JOIN {_OPENS} WHERE i.id = $1"
            " AND $2::integer IS NOT NULL ORDER BY v.chart",
            invitation["id"], rules.TRIES, _strong(),
        )  # fmt: skip
        reach = await charts_at(caller, RecordClass.CAREGIVERS)
        own = [one.chart for one in reach if not one.discreet]
        act.about = [row["chart"] for row in opened]
        if not own or set(own) & set(act.about):
            raise WrongInvitation
        await act.written_down()
        by = Actor("patient", caller.session, caller.address)
        asked = [_grant(invitation, chart, mine) for chart in act.about for mine in own]
        made = await make_grants(asked, by, EndedBy.PATIENT)
        return Accepted(made[0].id, sorted({one.patient for one in made}))


def _grant(invitation: Row, patient: UUID, caregiver: UUID) -> NewGrant:
    return NewGrant(
        patient=patient,
        caregiver=caregiver,
        kind=RepresentativeKind(invitation["kind"]),
        scope=Scope(invitation["scope"]),
        evidence=Evidence.IN_APP,
        ends_at=invitation["grant_ends_at"],
    )


def _limited(place: str, counted: UUID, limits: tuple[Limit, ...]) -> LimitedKey:
    return LimitedKey(f"invitations:{place}:{lookup_hash('limit', str(counted)).hex()}", limits)


def _strong() -> list[str]:
    return [str(level) for level in levels_that_read(RecordClass.CAREGIVERS)]
