"""Checks and audits each action of signed-in patients on their own data."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.auth.access.gate import Caller, NotSignedIn, StrongerSignInNeeded
from backend.auth.rules import RecordClass, may_read
from backend.core.audit import Act, write_down
from backend.core.database import fetch_one
from backend.core.errors import HubError

_LONGEST_RESULT = 40
"""What an audit row holds of the code of a refusal."""


@dataclass(frozen=True, slots=True)
class SessionStrength:
    """The level of the caller's session, and since when this phone is trusted."""

    level: str
    trusted_since: datetime


@dataclass(frozen=True, slots=True)
class AccountAction:
    """One action of patients on their own data, with its subject."""

    caller: Caller
    action: str
    subject: UUID | None = None

    async def written_down(self, result: str = "done", subject: UUID | None = None) -> None:
        await write_down(
            Act(
                actor_kind="patient",
                actor=self.caller.patient,
                patient=self.caller.patient,
                action=self.action,
                subject=subject or self.subject,
                from_where=self.caller.address,
                result=result[:_LONGEST_RESULT],
            )
        )


@asynccontextmanager
async def account_action(act: AccountAction, needs: RecordClass) -> AsyncIterator[SessionStrength]:
    """Check the session and its level; refusals inside the block are audited too.

    Raises:
        NotSignedIn: the session has ended.
        StrongerSignInNeeded: signed in too weakly for this.
    """
    found = await _strength_of(act.caller)
    async with refusals_written(act):
        if not may_read(found.level, needs):
            raise StrongerSignInNeeded
        yield found


@asynccontextmanager
async def refusals_written(act: AccountAction) -> AsyncIterator[None]:
    """Audit refusals of the block; open it outside the transaction, which is rolled back."""
    try:
        yield
    except HubError as refused:
        if not isinstance(refused, NotSignedIn):
            await act.written_down(refused.code)
        raise


async def _strength_of(caller: Caller) -> SessionStrength:
    row = await fetch_one(
        "SELECT s.level, coalesce(d.trusted_at, s.created_at) AS since"
        " FROM session s JOIN device d ON d.id = s.device WHERE s.id = $1 AND s.patient = $2"
        " AND s.ended_at IS NULL AND s.expires_at > hub_clock()",
        caller.session, caller.patient,
    )  # fmt: skip
    if row is None:
        raise NotSignedIn
    return SessionStrength(row["level"], row["since"])
