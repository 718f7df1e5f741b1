"""The port through which auth sends notices; the start of the process fills it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from backend.core.log import log

NEW_DEVICE = "sign_in.new_device"
REFRESH_REUSED = "sign_in.refresh_reused"
PHONE_PROPOSED = "phone.proposed"
PHONE_STATED = "phone.stated"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a notice about a chart needs besides its kind."""

    numbers: Sequence[UUID] | None = None
    """The contact points that hear of it; None for those of the chart."""
    at: datetime | None = None
    """When what it tells of takes effect: it is told again then."""
    once_in: timedelta | None = None
    """Another notice of this kind within this time stands for it: nothing is told."""


class NoticeSink(Protocol):
    async def __call__(
        self, patient: UUID, kind: str, subject: UUID, telling: Telling = ...
    ) -> None:
        """Plan this notice in the caller's transaction."""
        ...


async def _no_sink(
    patient: UUID,  # noqa: ARG001  # the port's own shape
    kind: str,
    subject: UUID,  # noqa: ARG001  # the same
    telling: Telling = Telling(),  # noqa: ARG001  # the same
) -> None:
    """Stand in for a port that was not filled: what was to be protected is, and a line says so."""
    log.error("nobody_tells", kind=kind)


class _Sink:
    send: NoticeSink = staticmethod(_no_sink)


def use_sink(tell: NoticeSink) -> None:
    """Set the sink of notices. The start of the process calls this once."""
    _Sink.send = staticmethod(tell)


async def send_notice(
    patient: UUID,
    kind: str,
    subject: UUID,
    *,
    numbers: Sequence[UUID] | None = None,
    at: datetime | None = None,
    once_in: timedelta | None = None,
) -> None:
    """Tell a chart's numbers and devices of something; see `Telling`."""
    telling = Telling(numbers=numbers, at=at, once_in=once_in)
    await _Sink.send(patient, kind, subject, telling)
