"""What waits at a facility for a person: listed with its age, shown side by side, and decided."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from backend.auth.credentials.activation_slips import Paper
from backend.auth.identity.demographics import details_of
from backend.auth.identity.identifiers import IN_MESSAGE, Identifier, filed_of_all
from backend.auth.registration.person import Person
from backend.core.clock import now
from backend.core.crypto.sealing import UnreadableSeal
from backend.core.errors import HubError, NotFound
from backend.core.http.pagination import PagedList
from backend.core.odd_rows.unreadable import UNREADABLE_NAME, note_unreadable
from backend.intake import quarantine
from backend.intake.pipeline.patient_matching import Ruling
from backend.intake.pipeline.reasons import TO_DO, WhyRefused
from backend.intake.pipeline.take_in import Decided
from backend.intake.quarantine import QuarantinedMessage
from backend.support.audited_action import AuditedAction, StaffCaller, audited_action
from backend.support.patients.cases import check_at_a_desk, in_scope, open_case
from backend.support.rules import Action

MOST_CHARTS = 20


class StillContradicts(HubError):
    """The message still contradicts what you said. Say which chart it means, or refuse it."""

    code = "still_contradicts"
    status = 409


class RefusedByRules(HubError):
    """Today the hub would refuse this message. Have it corrected and sent again, and refuse it."""

    code = "refused_by_rules"
    status = 422


class WaitingView(Struct, frozen=True, rename="camel"):
    """A message that waits: nothing of the patient."""

    message: UUID
    received_at: datetime
    waits_seconds: int
    reason: str
    """As in `GET /hospital/messages`."""
    to_do: str | None


class WaitingPage(Struct, frozen=True, rename="camel"):
    items: list[WaitingView]
    next_cursor: str | None


class NumberStated(Struct, frozen=True, rename="camel"):
    system: str
    value: str


class VersionView(Struct, frozen=True, rename="camel"):
    """A person, as a message or a chart describes them."""

    patient: UUID | None
    """The chart; none for what the message says."""
    name: str
    birth_date: str | None
    sex: str
    numbers: list[NumberStated]


class Versions(Struct, frozen=True, rename="camel"):
    """Both sides: what the message says, and the charts that its numbers lead to."""

    stated: list[VersionView]
    charts: list[VersionView]


async def waiting(staff: StaffCaller, cursor: str | None, limit: int) -> WaitingPage:
    """List what waits at the staff's own facility, what has waited longest first.

    Raises:
        NotAtADesk: they belong to none.
        BadCursor: the cursor is not one of ours.
    """
    pages = PagedList("quarantine", staff.staff)
    async with audited_action(staff, Action.READ_QUARANTINE, why=""):
        facility = check_at_a_desk(staff)
        found = await quarantine.waiting_at(facility, limit + 1, pages.row_in(cursor))
    following = found[limit - 1].id if len(found) > limit else None
    return WaitingPage(
        [_waiting_view(message) for message in found[:limit]], pages.cursor(following)
    )


async def versions(staff: StaffCaller, message: UUID, reason: str) -> Versions:
    """Show what a waiting message says beside the charts that it may mean; open cases about these.

    Raises:
        NotAtADesk: they belong to no facility.
        NotFound: it has no such message that waits.
    """
    async with audited_action(staff, Action.READ_QUARANTINE, reason) as act:
        facility = check_at_a_desk(staff)
        act.subject = message
        said = await quarantine.one_that_waits(facility, message)
        charts = said.charts[:MOST_CHARTS]
        await open_case(staff, charts, reason)
        return Versions([_stated(person) for person in said.people], await _charts(charts))


async def let_in(
    staff: StaffCaller, message: UUID, proof: Paper, reason: str, ruling: Ruling
) -> None:
    """Take a waiting message in: as it is by now, or as a person says that it is meant.

    Raises:
        NotAtADesk: they belong to no facility.
        NotFound: this facility has no such message that waits, or no such chart.
        StillContradicts: it must still wait.
        RefusedByRules: it is refused by now, or cannot be read.
    """
    act = AuditedAction(staff, Action.DECIDE_QUARANTINE, f"{proof}: {reason}", subject=message)

    async def decide() -> None:
        facility = check_at_a_desk(staff)
        if ruling.chart is not None:
            if await in_scope(staff, ruling.chart) is None:
                raise NotFound
            act.patient = ruling.chart
        became = await quarantine.let_in(facility, message, Decided(ruling, act.written_down))
        if became == "waiting":
            raise StillContradicts
        if became != "stored":
            raise RefusedByRules

    await _refusals_written(act, decide)


async def refuse(staff: StaffCaller, message: UUID, why: WhyRefused, reason: str) -> None:
    """End a message's wait without taking it in; the facility's system reads why.

    Raises:
        NotAtADesk: they belong to no facility.
        NotFound: it has no such message that waits.
    """
    act = AuditedAction(staff, Action.DECIDE_QUARANTINE, reason, subject=message)

    async def decide() -> None:
        await quarantine.refuse(check_at_a_desk(staff), message, why, act.written_down)

    await _refusals_written(act, decide)


async def _refusals_written(act: AuditedAction, decide: Callable[[], Awaitable[None]]) -> None:
    """Carry out what opens transactions of its own, and write a refusal down."""
    try:
        await decide()
    except HubError as refused:
        act.result = refused.code
        await act.written_down()
        raise


def _waiting_view(message: QuarantinedMessage) -> WaitingView:
    return WaitingView(
        message=message.id,
        received_at=message.received_at,
        waits_seconds=int((now() - message.received_at).total_seconds()),
        reason=message.reason,
        to_do=TO_DO.get(message.reason),
    )


def _stated(person: Person) -> VersionView:
    return VersionView(
        None, person.name, person.birth_date, person.sex or "unknown", _numbers(person.identifiers)
    )


def _numbers(identifiers: Sequence[Identifier]) -> list[NumberStated]:
    return [
        NumberStated(number.system, number.value)
        for number in dict.fromkeys(identifiers)
        if number.system != IN_MESSAGE
    ]


async def _charts(charts: Sequence[UUID]) -> list[VersionView]:
    try:
        filed = await filed_of_all(charts)
        described = [(chart, await details_of(chart)) for chart in charts]
    except UnreadableSeal:
        note_unreadable("patient", "name")
        return [VersionView(chart, UNREADABLE_NAME, None, "unknown", []) for chart in charts]
    return [
        VersionView(
            chart, one.name, one.birth_date, one.sex,
            _numbers([entry.identifier for entry in filed.get(chart, []) if entry.active]),
        )
        for chart, one in described
    ]  # fmt: skip
