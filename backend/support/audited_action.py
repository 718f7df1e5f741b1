"""Runs an action of staff in a transaction, and audits it whether it succeeds or is refused."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from backend.core.audit import Act, write_down
from backend.core.crypto.reasons import Reason
from backend.core.database import transaction
from backend.core.errors import HubError
from backend.support.rules import Action, Role


@dataclass(frozen=True, slots=True)
class StaffCaller:
    """The member of staff who calls, from their session."""

    staff: UUID
    session: UUID
    name: str
    role: Role
    facility: UUID | None
    """Where set, they see only this facility's patients and messages."""
    address: str = ""


@dataclass(slots=True)
class AuditedAction:
    """The coming audit row. The action fills in the patient once it knows them."""

    staff: StaffCaller
    action: str
    why: str | Reason | None
    patient: UUID | None = None
    subject: UUID | None = None
    result: str = "done"

    async def written_down(self) -> None:
        await write_down(
            Act(
                actor_kind="staff",
                actor=self.staff.staff,
                patient=self.patient,
                action=self.action,
                subject=self.subject,
                why=self.why,
                from_where=self.staff.address,
                result=self.result,
            )
        )


@asynccontextmanager
async def audited_action(
    staff: StaffCaller, action: Action | str, why: str
) -> AsyncIterator[AuditedAction]:
    """Open the transaction of one action; its audit row is stored also after a refusal."""
    act = AuditedAction(staff, str(action), why)
    try:
        async with transaction():
            yield act
            await act.written_down()
    except HubError as refused:
        act.result = refused.code
        await act.written_down()
        raise
