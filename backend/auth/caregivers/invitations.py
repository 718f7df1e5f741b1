"""Invites a caregiver: one phone shows a code, and the other phone sends it back once."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from backend.auth import rules
from backend.auth.access.gate import Caller
from backend.auth.caregivers.caregivers import myself
from backend.auth.caregivers.grants import (
    Actor,
    CannotGrant,
    EndedBy,
    NewGrant,
    local_today,
    make_grant,
)
from backend.auth.caregivers.representatives import Evidence, RepresentativeKind, kind_of_invitation
from backend.auth.credentials import typed_codes
from backend.auth.credentials.typed_codes import TypedCode
from backend.auth.identity.age import EIGHTEEN, is_surely
from backend.auth.identity.demographics import unseal_birth_date
from backend.auth.rules import Scope
from backend.core.audit import Act, write_down
from backend.core.clock import now
from backend.core.crypto.sealing import lookup_hash
from backend.core.database import Row, execute, fetch, fetch_one, fetch_value, new_id, transaction
from backend.core.errors import HubError, Issue, NotFound
from backend.core.http.rate_limits import LimitedKey, count

_PURPOSE = "caregiver-invitation"
_LIVE = "tries < $2 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > hub_clock()"


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


async def offer(caller: Caller, scope: Scope, ends_at: datetime | None) -> Offered:
    """Make an invitation and give its code, only this once: the hub stores its hash.

    Raises:
        NotSignedIn, StrongerSignInNeeded: the session has ended, or is too weak for this.
        CannotGrant: the caller is not certainly 18, or the end is not ahead.
        TooOften, FastStoreAway: too many today, or nobody can count just now.
    """
    me = await myself(caller)
    await _may_invite(me, ends_at)
    await count(LimitedKey(f"invitations:offered:{_counted_as(me)}", rules.INVITATIONS_OFFERED))
    invitation, code = new_id(), typed_codes.new_code()
    async with transaction():
        expires_at = await fetch_value(
            "INSERT INTO caregiver_invitation (id, patient, scope, kind, grant_ends_at, handle,"
            " secret_hash, created_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, hub_clock(), hub_clock() + $8)"
            " RETURNING expires_at",
            invitation, me, scope.value, kind_of_invitation(scope).value, ends_at, code.handle,
            typed_codes.kept(_PURPOSE, code), rules.INVITATION_LIFETIME,
        )  # fmt: skip
        await _write_down("caregiver.invited", caller, me, invitation)
    return Offered(invitation, code.grouped, scope, ends_at, expires_at)


@dataclass(frozen=True, slots=True)
class Open:
    id: UUID
    scope: str
    ends_at: datetime | None
    expires_at: datetime


async def still_open(caller: Caller) -> list[Open]:
    """List the caller's invitations that can still be used, the newest first.

    Raises:
        NotSignedIn, StrongerSignInNeeded: as above.
    """
    rows = await fetch(
        "SELECT id, scope, grant_ends_at AS ends_at, expires_at FROM caregiver_invitation"
        f" WHERE patient = $1 AND {_LIVE} ORDER BY id DESC",
        await myself(caller), rules.TRIES,
    )  # fmt: skip
    return [Open(**dict(row)) for row in rows]


async def take_back(caller: Caller, invitation: UUID) -> None:
    """Revoke an invitation that nobody has used.

    Raises:
        NotSignedIn, StrongerSignInNeeded: as above.
        NotFound: the caller has no such invitation open.
    """
    me = await myself(caller)
    async with transaction():
        revoked = await execute(
            "UPDATE caregiver_invitation SET revoked_at = hub_clock()"
            " WHERE id = $1 AND patient = $2 AND used_at IS NULL AND revoked_at IS NULL",
            invitation, me,
        )  # fmt: skip
        if revoked != "UPDATE 1":
            raise NotFound
        await _write_down("caregiver.invitation_revoked", caller, me, invitation)


async def accept(caller: Caller, typed: str) -> UUID:
    """Make the caller a caregiver of the patient whose code this is; give the grant.

    Raises:
        NotSignedIn, StrongerSignInNeeded: as above.
        WrongInvitation: wrong, over, used, tried too often, or not for this person: all alike.
        TooOften, FastStoreAway: too many tries, or nobody can count just now.
    """
    me = await myself(caller)
    await count(LimitedKey(f"invitations:tried:{_counted_as(me)}", rules.INVITATIONS_TRIED))
    code = typed_codes.read(typed)
    row = await _count_the_try(code) if code else None
    right = typed_codes.fits(_PURPOSE, code, row["secret_hash"] if row else None)
    try:
        return await _use(caller, me, row if right else None)
    except (WrongInvitation, CannotGrant) as refused:
        await _write_down(
            "caregiver.accepted", caller, row["patient"] if row else None,
            row["id"] if row else None, result=WrongInvitation.code,
        )  # fmt: skip
        raise WrongInvitation from refused


async def _may_invite(patient: UUID, ends_at: datetime | None) -> None:
    """Refuse early what `make_grant` would refuse on the other phone, where nobody says why."""
    sealed = await fetch_value("SELECT birth_date FROM patient WHERE id = $1", patient)
    if not is_surely(EIGHTEEN, unseal_birth_date(sealed, patient), local_today()):
        raise CannotGrant(faults=[Issue("$.patient", "is not certainly 18")])
    if ends_at is not None and ends_at <= now():
        raise CannotGrant(faults=[Issue("$.endsAt", "is not ahead")])


async def _count_the_try(code: TypedCode) -> Row | None:
    """Count first, committed by itself: a wrong guess is counted however the request ends."""
    return await fetch_one(
        f"UPDATE caregiver_invitation SET tries = tries + 1 WHERE handle = $1 AND {_LIVE}"
        " RETURNING id, patient, scope, kind, grant_ends_at, secret_hash",
        code.handle, rules.TRIES,
    )  # fmt: skip


async def _use(caller: Caller, me: UUID, invitation: Row | None) -> UUID:
    """Use the invitation up; of several at once only one succeeds."""
    if invitation is None:
        raise WrongInvitation
    async with transaction():
        used = await execute(
            "UPDATE caregiver_invitation SET used_at = hub_clock() WHERE id = $1"
            " AND used_at IS NULL AND revoked_at IS NULL AND expires_at > hub_clock()",
            invitation["id"],
        )
        if used != "UPDATE 1":
            raise WrongInvitation
        await _write_down("caregiver.accepted", caller, invitation["patient"], invitation["id"])
        new = NewGrant(
            patient=invitation["patient"],
            caregiver=me,
            kind=RepresentativeKind(invitation["kind"]),
            scope=Scope(invitation["scope"]),
            evidence=Evidence.IN_APP,
            ends_at=invitation["grant_ends_at"],
        )
        return await make_grant(new, Actor("patient", me, caller.address), EndedBy.PATIENT)


def _counted_as(patient: UUID) -> str:
    return lookup_hash("limit", str(patient)).hex()


async def _write_down(
    action: str, caller: Caller, patient: UUID | None, invitation: UUID | None, result: str = "done"
) -> None:
    await write_down(
        Act(actor_kind="patient", actor=caller.patient, patient=patient, action=action,
            subject=invitation, from_where=caller.address, result=result)
    )  # fmt: skip
