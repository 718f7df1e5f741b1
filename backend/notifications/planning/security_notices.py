"""Plans notices about sign-in, which other packages send without a hospital's message."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.auth.notices import Telling
from backend.core.clock import now
from backend.core.database import fetch_value
from backend.core.log import log
from backend.notifications.kinds import POLICIES, Kind
from backend.notifications.planning.planning import Notice, plan, plan_warning

CHARTS_FACILITY: Final = "SELECT facility FROM patient WHERE id = $1"
_AGAIN_AFTER: Final = timedelta(hours=24)
_AT_ONCE: Final = Telling()


async def plan_notice(patient: UUID, kind: str, subject: UUID, telling: Telling = _AT_ONCE) -> None:
    """Plan a notice in the caller's transaction. Fills the port `auth.notices.NoticeSink`.

    A warning goes to the numbers and devices of before: those that there are in this transaction.
    """
    facility: UUID | None = await fetch_value(CHARTS_FACILITY, patient)
    if facility is None:
        log.warning("nobody_to_tell_for", kind=kind)
        return
    if telling.once_in is not None and await _told_lately(patient, kind, telling.once_in):
        return
    at = now()
    again_at = None
    if POLICIES[Kind(kind)].told_again:
        later = telling.at is not None and telling.at > at
        again_at = telling.at if later else at + _AGAIN_AFTER
    notice = Notice(
        patient=patient,
        facility=facility,
        kind=Kind(kind),
        subject=subject,
        happened_at=at,
        accepted_at=at,
        received_event=None,
        subject_version=str(at.timestamp()),
        starts_at=telling.at or at,
    )
    if notice.is_warning:
        await plan_warning(notice, telling.numbers, again_at)
    else:
        await plan([notice])


async def _told_lately(patient: UUID, kind: str, within: timedelta) -> bool:
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT FROM notification WHERE patient = $1 AND kind = $2"
            " AND created_at > hub_clock() - $3::interval)",
            patient, kind, within,
        )
    )  # fmt: skip
