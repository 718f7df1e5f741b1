from datetime import UTC, datetime, time, timedelta
from itertools import permutations
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.gateways.sender import Channel, ReceiptRank
from backend.notifications.delivery_status import NEXT, RECEIPT_STATUS, Status, may_become
from backend.notifications.kinds import POLICIES, Kind
from backend.notifications.rules import (
    QuietHours,
    Reach,
    SendContext,
    backoff,
    plan_deliveries,
    suppression,
)

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 3, 1, 12, tzinfo=HANOI)
NIGHT = datetime(2026, 3, 1, 23, tzinfo=HANOI)
NEVER_QUIET = QuietHours(time(0), time(0), HANOI)
AT_NIGHT = QuietHours(time(21), time(7), HANOI)
LADDER = timedelta(minutes=30)
PHONE, OTHER_PHONE, NUMBER = uuid4(), uuid4(), uuid4()


@pytest.mark.parametrize(
    ("kind", "reach", "expected"),
    [
        (Kind.APPOINTMENT_BOOKED, Reach((PHONE, OTHER_PHONE), NUMBER), ["push", "push"]),
        (Kind.RESULT_READY, Reach((PHONE,), NUMBER), ["push", "sms"]),
        (Kind.RESULT_READY, Reach((), NUMBER), ["sms"]),
        (Kind.QUEUE_CALLED, Reach((PHONE,), NUMBER), ["push"]),
        (Kind.QUEUE_CALLED, Reach((), NUMBER), ["sms"]),
        (Kind.RESULT_READY, Reach(), []),
    ],
)
def test_every_phone_gets_a_push_and_a_text_goes_where_it_matters(
    kind: Kind, reach: Reach, expected: list[str]
) -> None:
    planned = plan_deliveries(POLICIES[kind], reach, NOON, LADDER, NEVER_QUIET)

    assert [each.channel.value for each in planned] == expected


def test_the_text_after_an_important_push_waits_half_an_hour() -> None:
    reach = Reach((PHONE,), NUMBER)

    push, text = plan_deliveries(POLICIES[Kind.RESULT_READY], reach, NOON, LADDER, NEVER_QUIET)

    assert (push.due_at, text.due_at) == (NOON, NOON + LADDER)


def test_a_result_at_night_waits_for_the_morning_and_a_called_queue_does_not() -> None:
    reach = Reach((), NUMBER)

    (result,) = plan_deliveries(POLICIES[Kind.RESULT_READY], reach, NIGHT, LADDER, AT_NIGHT)
    (called,) = plan_deliveries(POLICIES[Kind.QUEUE_CALLED], reach, NIGHT, LADDER, AT_NIGHT)

    assert (result.held, result.due_at) == (True, datetime(2026, 3, 2, 7, tzinfo=HANOI))
    assert (called.held, called.due_at) == (False, NIGHT)


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(2020, 1, 1)))  # noqa: DTZ001  # hypothesis wants it naive
def test_nothing_ever_leaves_in_the_quiet_hours(instant: datetime) -> None:
    leaves = AT_NIGHT.after(instant)

    assert instant <= leaves <= instant + timedelta(hours=10)
    assert time(7) <= leaves.astimezone(HANOI).time() < time(21)


def test_every_status_has_its_next_steps_and_what_stopped_is_never_left() -> None:
    assert set(NEXT) == set(Status)
    for stopped in (Status.SUPPRESSED, Status.SUPERSEDED, Status.EXPIRED, Status.CANCELLED):
        assert NEXT[stopped] == frozenset()


def test_what_is_in_doubt_is_never_sent_again_directly() -> None:
    assert Status.SENDING not in NEXT[Status.IN_DOUBT]
    assert may_become(Status.SENDING) == ["planned"]


def test_any_order_of_receipts_may_end_at_the_highest_rank() -> None:
    ranks = [*(set(ReceiptRank) - {ReceiptRank.READ}), ReceiptRank.FAILED]
    for order in permutations(ranks):
        rank, status = 0, Status.SENDING
        for said in order:
            wanted = RECEIPT_STATUS[said]
            if said > rank and (wanted is status or wanted in NEXT[status]):
                rank, status = said, wanted
        assert status is Status.DELIVERED


def a_present(**changes: object) -> SendContext:
    facts = {
        "channel": Channel.SMS, "read": False, "expires_at": NOON + timedelta(hours=1),
        "deceased": False, "address_live": True,
    }  # fmt: skip
    return SendContext(**facts | changes)  # type: ignore[arg-type]  # the changes are the test's own


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        (a_present(), None),
        (a_present(read=True), (Status.SUPPRESSED, "read_in_app")),
        (a_present(deceased=True), (Status.SUPPRESSED, "deceased")),
        (a_present(expires_at=NOON), (Status.EXPIRED, "too_late")),
        (a_present(address_live=False), (Status.SUPPRESSED, "address_gone")),
    ],
)
def test_what_is_no_longer_worth_sending_says_why(
    present: SendContext, expected: tuple[Status, str] | None
) -> None:
    assert suppression(present, NOON) == expected


@given(st.integers(1, 1000), st.floats(0, 1))
def test_waiting_grows_but_never_beyond_ten_minutes(attempt: int, luck: float) -> None:
    assert timedelta(seconds=1) <= backoff(attempt, luck) <= timedelta(minutes=10)
