"""The port through which auth sends notices; the start of the process fills it."""

from typing import Protocol
from uuid import UUID

from backend.core.log import log

NEW_DEVICE = "sign_in.new_device"
REFRESH_REUSED = "sign_in.refresh_reused"
PHONE_PROPOSED = "phone.proposed"
PHONE_CHANGED = "phone.changed"
PHONE_LOST = "phone.lost"
SLIP_MADE = "slip.made"
SLIP_USED = "slip.used"
DEVICE_RISES = "sign_in.device_rises"
CODES_CLOSED = "sign_in.codes_closed"
DEVICE_WAITING = "sign_in.device_waiting"
CAREGIVER_ADDED = "caregiver.added"
CAREGIVER_ENDED = "caregiver.ended"
CAREGIVER_REVIEW = "caregiver.review"


class NoticeSink(Protocol):
    async def __call__(self, patient: UUID, kind: str, subject: UUID) -> None:
        """Plan this notice in the caller's transaction."""
        ...


async def _no_sink(patient: UUID, kind: str, subject: UUID) -> None:  # noqa: ARG001  # the port's own shape
    """Stand in for a port that was not filled: what was to be protected is, and a line says so."""
    log.error("nobody_tells", kind=kind)


class _Sink:
    send: NoticeSink = staticmethod(_no_sink)


def use_sink(tell: NoticeSink) -> None:
    """Set the sink of notices. The start of the process calls this once."""
    _Sink.send = staticmethod(tell)


async def send_notice(patient: UUID, kind: str, subject: UUID) -> None:
    await _Sink.send(patient, kind, subject)
