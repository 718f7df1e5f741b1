"""Plans notices about sign-in, which other packages send without a hospital's message."""

from uuid import UUID

from backend.core.clock import now
from backend.core.database import fetch_value
from backend.core.log import log
from backend.notifications.kinds import Kind
from backend.notifications.planning.planning import Notice, plan

NEWEST_FACILITY = (
    "SELECT facility FROM patient_identifier WHERE patient = $1 AND facility IS NOT NULL"
    " ORDER BY created_at DESC LIMIT 1"
)
"""In whose name a patient is told what no facility sent: the one that filed them last."""


async def plan_notice(patient: UUID, kind: str, subject: UUID) -> None:
    """Plan a notice in the caller's transaction. Fills the port `auth.notices.NoticeSink`."""
    facility: UUID | None = await fetch_value(NEWEST_FACILITY, patient)
    if facility is None:
        log.warning("nobody_to_tell_for", kind=kind)
        return
    notice = Notice(
        patient=patient,
        facility=facility,
        kind=Kind(kind),
        subject=subject,
        happened_at=now(),
        accepted_at=now(),
        received_event=None,
        subject_version=str(now().timestamp()),
    )
    await plan([notice])
