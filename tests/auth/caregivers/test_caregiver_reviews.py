"""A mother reads for her child until the day the law has somebody look again: at 7, at 18."""

import asyncio
from contextvars import Context
from datetime import date, timedelta

import pytest
from httpx import AsyncClient

from backend.auth.caregivers.grants import Actor, EndedBy, NewGrant, make_grant
from backend.auth.caregivers.representatives import Evidence, RepresentativeKind
from backend.auth.rules import Scope
from backend.core.database import execute, transaction
from tests.conftest import Database, Travel
from tests.harness.auth.caregiving import LAN, Family, a_child, a_family, in_days, signed_in, until
from tests.harness.auth.reviews import born, desk_lets_in, worker_looks


@pytest.fixture
async def family(client: AsyncClient, database: Database) -> Family:
    return await a_family(client, database)


async def tasks(database: Database) -> list[tuple[object, ...]]:
    rows = await database.owner.fetch("SELECT kind, patient, facility, subject FROM desk_task")
    return [tuple(row) for row in rows]


async def test_the_night_before_the_seventh_birthday_it_is_open_and_then_no_more(
    family: Family, time_moves: Travel
) -> None:
    seventh = in_days(3)
    child, mother = await family.registers(a_child(seventh)), await family.registers(LAN)
    await desk_lets_in(child, mother)

    async with time_moves(until(seventh) - timedelta(minutes=1)):
        before = await family.reads(await signed_in(mother), child, "results")
    async with time_moves(until(seventh) + timedelta(seconds=1)):
        after = await family.reads(await signed_in(mother), child, "results")
        (shown,) = await family.lists(await signed_in(mother), "cared-for")

    assert (before.status_code, after.status_code) == (200, 404)
    assert shown["opens"] is False
    assert shown["reviewAt"] is not None


@pytest.mark.parametrize("known", [4, 7])
async def test_of_a_birth_date_known_in_part_the_earliest_day_counts(
    family: Family, database: Database, known: int
) -> None:
    seventh = in_days(500)
    partial = a_child(seventh).birth_date[:known]
    child = await family.registers(a_child(seventh, partial))

    await desk_lets_in(child, await family.registers(LAN))

    first = date.fromisoformat(seventh.isoformat()[:known] + "-01-01"[: 6 if known == 4 else 3])
    kept = await database.owner.fetchval(
        "SELECT (review_at AT TIME ZONE 'Asia/Ho_Chi_Minh') FROM caregiver_grant"
    )
    assert (kept.date(), kept.hour, kept.minute) == (first, 0, 0)


async def test_a_desk_is_asked_to_look_once_and_both_are_told(
    family: Family, database: Database, time_moves: Travel
) -> None:
    seventh = in_days(3)
    child, mother = await family.registers(a_child(seventh)), await family.registers(LAN)
    grant = await desk_lets_in(child, mother)

    assert await worker_looks(database) == 0
    async with time_moves(until(seventh) + timedelta(seconds=1)):
        assert [await worker_looks(database) for _ in range(2)] == [1, 0]

    assert await tasks(database) == [("grant_review", child, family.hospital.facility, grant)]
    assert await family.told(child) == ["caregiver.added", "caregiver.review"]
    assert await family.told(mother) == ["caregiver.review"]
    trail = await database.owner.fetch(
        "SELECT patient FROM audit_event WHERE action = 'caregiver.review_due' AND subject = $1"
        " ORDER BY id",
        grant,
    )
    assert [row["patient"] for row in trail] == [child, mother]


async def test_a_new_grant_after_the_review_opens_until_eighteen(
    family: Family, database: Database, time_moves: Travel
) -> None:
    seventh = in_days(3)
    child, mother = await family.registers(a_child(seventh)), await family.registers(LAN)
    await desk_lets_in(child, mother)

    async with time_moves(until(seventh) + timedelta(hours=9)):
        await worker_looks(database)
        await desk_lets_in(child, mother)
        assert (await family.reads(await signed_in(mother), child)).status_code == 200

    rows = await database.owner.fetch(
        "SELECT review_age, ended_by FROM caregiver_grant ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [(7, "desk"), (18, "")]
    assert await database.owner.fetchval("SELECT outcome FROM desk_task") == "renewed"


async def test_at_eighteen_it_ends_and_only_the_grown_child_can_grant_anew(
    family: Family, database: Database, time_moves: Travel
) -> None:
    grown = in_days(3)
    teen = a_child(grown, grown.replace(year=grown.year - 18).isoformat())
    child, mother = await family.registers(teen), await family.registers(LAN)
    await desk_lets_in(child, mother)
    assert (await family.reads(await signed_in(mother), child)).status_code == 200

    async with time_moves(until(grown) + timedelta(seconds=1)):
        parent, adult = await signed_in(mother), await signed_in(child)
        closed = await family.reads(parent, child)
        await worker_looks(database)
        refused = await family.accepts(parent, "")
        await family.lets_in(adult, parent, "summary")
        opened = await family.reads(parent, child)

    assert (closed.status_code, refused.status_code, opened.status_code) == (404, 422, 200)
    assert await tasks(database) == []
    ended = await database.owner.fetchval("SELECT ended_by FROM caregiver_grant ORDER BY id")
    assert ended == "age"
    assert await family.told(mother) == ["caregiver.ended"]
    assert await family.told(child) == ["caregiver.added", "caregiver.ended", "caregiver.added"]


async def reviews(database: Database) -> list[tuple[date, int]]:
    rows = await database.owner.fetch(
        "SELECT (review_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day, review_age"
        " FROM caregiver_grant WHERE ended_at IS NULL ORDER BY id"
    )
    return [tuple(row) for row in rows]


async def test_a_corrected_birth_date_moves_the_review_earlier_and_later(
    family: Family, database: Database
) -> None:
    child = a_child(in_days(300))
    await desk_lets_in(await family.registers(child), await family.registers(LAN))

    seen = []
    for birthday in (in_days(200), in_days(600)):
        await family.corrects(child, birth_date=born(birthday, 7))
        seen += await reviews(database)

    assert seen == [(in_days(200), 7), (in_days(600), 7)]


@pytest.mark.parametrize(("days_ago", "age"), [(100, 7), (100, 18)])
async def test_who_turns_out_to_be_older_is_closed_at_once(
    family: Family, database: Database, days_ago: int, age: int
) -> None:
    person = a_child(in_days(300))
    child, mother = await family.registers(person), await family.registers(LAN)
    await desk_lets_in(child, mother)

    await family.corrects(person, birth_date=born(in_days(-days_ago), age))

    assert (await family.reads(await signed_in(mother), child)).status_code == 404
    ((_, why),) = await reviews(database)
    assert why == age


async def test_what_is_closed_by_a_review_is_not_opened_by_a_hospitals_word(
    family: Family, time_moves: Travel
) -> None:
    seventh = in_days(3)
    person = a_child(seventh)
    child, mother = await family.registers(person), await family.registers(LAN)
    await desk_lets_in(child, mother)

    async with time_moves(until(seventh) + timedelta(seconds=1)):
        await family.corrects(person, birth_date=born(in_days(300), 7))
        answer = await family.reads(await signed_in(mother), child)

    assert answer.status_code == 404


async def test_a_correction_waits_for_a_grant_that_is_being_made(
    family: Family, database: Database
) -> None:
    person = a_child(in_days(300))
    child, mother = await family.registers(person), await family.registers(LAN)

    async with transaction():
        new = NewGrant(
            patient=child, caregiver=mother, kind=RepresentativeKind.PARENT, scope=Scope.FULL,
            evidence=Evidence.BIRTH_CERTIFICATE, ends_at=None,
        )  # fmt: skip
        await make_grant(new, Actor("staff", mother), EndedBy.DESK)
        correcting = asyncio.create_task(
            family.corrects(person, birth_date=born(in_days(200), 7)), context=Context()
        )
        while not correcting.done() and not await database.owner.fetchval(
            "SELECT count(*) FROM pg_locks WHERE NOT granted"
        ):
            await execute("SELECT 1")
    await correcting

    assert await reviews(database) == [(in_days(200), 7)]
