"""An act of somebody of the staff: done and written down, or refused and written down."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from backend.core.audit import Act, write_down
from backend.core.database import transaction
from backend.core.errors import HubError
from backend.support.rules import Action, Role


@dataclass(frozen=True, slots=True)
class StaffCaller:
    """Who of the staff asks, as their session says."""

    staff: UUID
    session: UUID
    name: str
    role: Role
    facility: UUID | None
    """Where set, they see only this facility's patients and messages."""
    address: str = ""


@dataclass(slots=True)
class AuditedAction:
    """What the audit row will say. The act fills in whose data it was once it knows."""

    staff: StaffCaller
    action: str
    why: str
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
    """Open the transaction of one act; its audit row is kept also when the act is refused."""
    act = AuditedAction(staff, str(action), why)
    try:
        async with transaction():
            yield act
            await act.written_down()
    except HubError as refused:
        act.result = refused.code
        await act.written_down()
        raise
