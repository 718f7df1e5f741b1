"""One bad row in every duty of the worker: the others go on, and an alarm says what kind it is."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from backend.core.metrics import DUTY_FAILURES
from backend.notifications.delivery.claiming import BOOKING
from backend.worker import CHAIN, CLAIM, CODES, DOUBTS, EVERY_DUTY, HEAD, MONTHS, WAKE, attempt
from tests.conftest import Database
from tests.harness.alarms import alarms
from tests.harness.makers import a_patient
from tests.harness.notifications.steps import counted
from tests.planted_rows import guarding, planning, rising, sending
from tests.planted_rows.ground import Ground, Look

TURNS = 4
"""Within so many turns, of a second each, the row behind is reached."""
READS_NOTHING = {
    WAKE: "whatever is said on its channel only wakes the worker",
    "look_at_waiting": "a function of the database counts, and opens no message",
}


@dataclass(frozen=True, slots=True)
class Planted:
    """A row that one duty cannot read, or cannot move."""

    duty: str
    row: str
    plant: Callable[[Ground], Awaitable[Look]]
    alarm: str = ""
    """The place that the alarm names; none where the row is not wrong, but newer, or locked."""
    raises: str = ""
    """The kind of an alarm that says more than that a row cannot be read."""
    locks: str = ""
    """The row that another transaction holds meanwhile."""


OF_A_DELIVERY = "SELECT FROM delivery ORDER BY id LIMIT 1 FOR UPDATE"
PLANTED = [
    Planted(CLAIM, "contact_point.number", sending.a_number_that_does_not_open,
            "contact_point.number"),
    Planted(CLAIM, "contact_point.number, push", sending.a_push_beside_it, "contact_point.number"),
    Planted(CLAIM, "device.push_token", sending.a_push_token_that_does_not_open,
            "device.push_token"),
    Planted(CLAIM, "delivery, refused", sending.a_delivery_that_postgresql_refuses, "delivery"),
    Planted(CLAIM, "delivery, not to be ended", sending.a_delivery_that_nobody_can_end, "delivery"),
    Planted(BOOKING, "booked_text, refused", sending.a_text_that_cannot_be_booked, "delivery"),
    Planted(CLAIM, "notification.kind, newer", sending.a_kind_of_a_newer_process),
    Planted(CLAIM, "delivery.channel, newer", sending.a_channel_of_a_newer_process),
    Planted(CODES, "contact_point.number", sending.a_code_for_a_number_that_does_not_open,
            "contact_point.number"),
    Planted(CODES, "sign_in_challenge, refused", sending.a_code_that_postgresql_refuses,
            "sign_in_challenge"),
    Planted(CODES, "sign_in_challenge.purpose, newer", sending.a_purpose_of_a_newer_process),
    Planted(DOUBTS, "contact_point.number", sending.a_doubt_about_a_number_that_does_not_open,
            "contact_point.number"),
    Planted(DOUBTS, "notification.kind, newer", sending.a_doubt_about_a_kind_of_a_newer_process),
    Planted("find_dead", "notification.kind, newer", sending.a_dead_claim_of_a_newer_kind),
    Planted("tell_waiting", "deferred_notice.kind, newer",
            planning.a_deferred_notice_of_a_newer_kind),
    Planted("tell_waiting", "deferred_notice, refused",
            planning.a_deferred_notice_that_postgresql_refuses, "deferred_notice"),
    Planted("release_due", "procedure, refused", planning.a_record_that_cannot_be_shown,
            "release_due"),
    Planted("raise_slips", "session_chart, refused", rising.a_reach_that_cannot_rise,
            "session_chart"),
    Planted("ask_for_reviews", "caregiver_grant, refused",
            planning.a_grant_that_cannot_be_reviewed, "caregiver_grant"),
    Planted("close_codes", "sign_in_pair, refused", planning.a_pair_that_cannot_be_closed,
            "sign_in_pair"),
    Planted("tell_of_devices", "session_chart, refused",
            rising.a_device_that_cannot_be_told_of, "tell_of_devices"),
    Planted("forget", "used_proof, refused", planning.a_row_that_cannot_be_deleted, "used_proof"),
    Planted("release_held", "delivery, locked", planning.a_held_delivery_that_somebody_locks,
            locks=OF_A_DELIVERY),
    Planted("expire", "delivery, locked", planning.a_late_delivery_that_somebody_locks,
            locks=OF_A_DELIVERY),
    Planted("release_held", "delivery, refused", planning.a_held_delivery_that_postgresql_refuses,
            "release_held"),
    Planted("expire", "delivery, refused", planning.a_late_delivery_that_postgresql_refuses,
            "expire"),
    Planted("find_dead", "delivery, refused", planning.a_dead_claim_that_postgresql_refuses,
            "find_dead"),
    Planted("count_unfinished", "delivery.status, newer", planning.a_status_of_a_newer_process),
    Planted("detect", "sign_in_challenge.purpose, newer",
            planning.a_challenge_of_a_newer_purpose),
    Planted("seal_chain", "audit_event, newer", planning.an_audit_row_of_a_newer_process),
    Planted("forget_stones", "tombstone.kind, newer", planning.a_tombstone_of_a_newer_kind),
    Planted("load_ring", "hub_key.secret", planning.a_signing_key_that_does_not_open,
            "hub_key.secret"),
    Planted("let_leave", "waiting_text, refused", guarding.a_waiting_text_that_postgresql_refuses,
            "waiting_text"),
    Planted("let_leave", "delivery, locked", guarding.a_waiting_text_that_somebody_locks,
            locks=OF_A_DELIVERY),
    Planted("let_leave", "delivery, refused", guarding.a_returning_text_that_postgresql_refuses,
            "let_leave"),
    Planted("look_at_the_total", "booked_text.origin, newer",
            guarding.a_booked_text_of_a_newer_process, raises="texts.hour"),
    Planted("close_refusals", "refusal_tally, refused", guarding.a_tally_that_postgresql_refuses,
            "refusal_tally"),
    Planted(HEAD, "a line of the file of heads", guarding.a_head_that_cannot_be_read),
    Planted(CHAIN, "audit_event, newer", guarding.a_sealed_row_of_a_newer_process),
    Planted(CHAIN, "audit_event, changed", guarding.a_sealed_row_that_was_changed,
            raises="audit.chain"),
    Planted(MONTHS, "audit_event.id, of no time", guarding.a_row_whose_id_has_no_time),
]  # fmt: skip


@pytest.fixture
async def ground(database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    tu = await a_patient(database, phones_with_app=1)
    yield Ground(database, tu, tmp_path / "heads.jsonl")
    await database.owner.execute("DROP FUNCTION IF EXISTS refuse_planted CASCADE")


@pytest.fixture
async def another(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.servers.database_url("postgres"))
    yield connection
    await connection.close()


def test_every_duty_of_the_worker_has_a_planted_row() -> None:
    planted = {case.duty for case in PLANTED}

    assert planted | READS_NOTHING.keys() == set(EVERY_DUTY)


@pytest.mark.parametrize("case", PLANTED, ids=lambda case: f"{case.duty}: {case.row}")
async def test_one_bad_row_stops_no_other(
    ground: Ground, another: asyncpg.Connection, case: Planted
) -> None:
    look = await case.plant(ground)
    failed = counted(DUTY_FAILURES, case.duty)
    held: AbstractAsyncContextManager[object] = (
        another.transaction() if case.locks else nullcontext()
    )

    async with held:
        await another.execute(case.locks or "SELECT 1")
        async with ground.database.as_worker():
            for _ in range(TURNS):
                await attempt(case.duty, ground.work_of(case.duty))

    went_on = await look()
    places = await ground.column(
        "SELECT from_where FROM audit_event WHERE action = 'rows.unreadable'"
    )
    assert counted(DUTY_FAILURES, case.duty) == failed
    assert places == ({case.alarm} if case.alarm else set())
    raised = case.raises or ("rows.unreadable" if case.alarm else "")
    assert await alarms(ground.database) == ([raised] if raised else [])
    print(f"{case.duty} | {case.row} | {went_on} | {case.alarm or raised or 'none'}")  # noqa: T201  # for the note


async def test_a_time_that_no_calendar_has_stops_no_text(ground: Ground) -> None:
    """PostgreSQL keeps years that Python does not know, such as an offset makes of 9999."""
    look = await sending.a_time_that_no_calendar_has(ground)

    async with ground.database.as_worker():
        for _ in range(TURNS):
            await attempt(CLAIM, ground.work_of(CLAIM))

    assert await look()


async def test_texts_that_cannot_be_counted_keep_no_push(ground: Ground) -> None:
    """A missing right says nothing about a row: no text ends, and what needs no count leaves."""
    (text,) = await ground.deliveries(1)
    (push,) = await ground.deliveries(1, channel="push")
    await ground.run("REVOKE INSERT ON booked_text FROM hub_worker")
    failed = counted(DUTY_FAILURES, BOOKING)

    try:
        async with ground.database.as_worker():
            await attempt(CLAIM, ground.work_of(CLAIM))
    finally:
        await ground.run("GRANT INSERT ON booked_text TO hub_worker")

    assert await ground.statuses([push]) == {("sent", "")}
    assert await ground.statuses([text]) == {("planned", "")}
    assert counted(DUTY_FAILURES, BOOKING) == failed + 1
