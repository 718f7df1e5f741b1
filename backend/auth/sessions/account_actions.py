"""What a signed-in patient does about their own account: allowed by the level, and written down."""

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
    """How strongly the caller has signed in, and since when they are trusted on this phone."""

    level: str
    trusted_since: datetime


@dataclass(frozen=True, slots=True)
class AccountAction:
    """One act of a patient about their own account, and what it is about."""

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
    """Check the session and its level; a refusal of the block is written down too.

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
    """Write down what the block refuses; to be opened before its transaction, which is undone."""
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
