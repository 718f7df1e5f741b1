"""Every record says as of when it stands, and a corrected one that it was corrected."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from backend.records.rules import is_correction
from backend.sandbox.demo.story_bundles import LAN, TU, Resource, visit
from tests.conftest import Database, Travel
from tests.harness.auth.steps import Tokens, sign_in
from tests.harness.checksums import checksums
from tests.harness.intake.hospital import (
    Hospital,
    a_hospital,
    an_hour_ago,
    only,
    resource,
    without_message_id,
)
from tests.harness.intake.other_kinds import ALL, CONDITION, sent
from tests.harness.records.timelines import LETTER, VITAL

SAID = "2026-10-05T09:00:00+07:00"


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN, TU)
    return made


async def the(client: AsyncClient, who: Tokens, kind: str) -> Any:
    page = await client.get(f"/v1/patients/me/{kind}", headers=who.bearer)
    (found,) = page.json()["items"]
    return found


def said_at(moment: str, each: Resource) -> Resource:
    return each | {"meta": {"lastUpdated": moment}}


async def test_it_is_the_hospitals_own_time_or_else_when_it_came_in(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)
    await hospital.posts(sent(CONDITION))
    came_in = (await the(client, lan, "conditions"))["asOf"]

    await hospital.posts(
        sent(said_at("2999-01-01T00:00:00Z", CONDITION | {"recordedDate": "2018"}))
    )
    ahead = (await the(client, lan, "conditions"))["asOf"]

    received = await database.owner.fetch("SELECT received_at FROM received_event ORDER BY id")
    for text, row in zip((came_in, ahead), received[-2:], strict=True):
        assert abs(datetime.fromisoformat(text) - row["received_at"]) < timedelta(seconds=5)


async def test_its_own_time_is_given_and_the_same_again_changes_nothing(
    database: Database, client: AsyncClient, hospital: Hospital, time_moves: Travel
) -> None:
    every = [said_at(SAID, each) for each in (*ALL, VITAL, LETTER)]
    await hospital.posts(sent(*every))
    await hospital.posts(visit(LAN, an_hour_ago()))
    before = await checksums(database)

    async with time_moves(timedelta(minutes=1)):
        await hospital.posts(sent(*every))
        await hospital.posts(without_message_id(visit(LAN, an_hour_ago() - timedelta(minutes=1))))
        assert (await checksums(database)).keys() == before.keys()
    lan = await sign_in(client, database, LAN.citizen_id)

    assert datetime.fromisoformat((await the(client, lan, "visits"))["asOf"]) == (
        datetime.fromisoformat(SAID)
    )


async def test_sent_again_later_a_record_stands_as_of_when_it_was_first_said(
    database: Database, hospital: Hospital, time_moves: Travel
) -> None:
    at = an_hour_ago()
    every = sent(*ALL, VITAL, LETTER)
    await hospital.posts(every)
    await hospital.posts(without_message_id(visit(LAN, at)))
    before = await checksums(database)

    async with time_moves(timedelta(hours=1)):
        await hospital.posts(every)
        await hospital.posts(without_message_id(visit(LAN, at)))

    assert await checksums(database) == before


async def test_a_corrected_result_says_when_it_was_and_so_does_the_value(
    database: Database, client: AsyncClient, hospital: Hospital, time_moves: Travel
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)
    at = an_hour_ago()
    await hospital.posts(visit(LAN, at))
    first = await the(client, lan, "results")

    async with time_moves(timedelta(minutes=2)):
        await hospital.posts(visit(LAN, at, {"718-7": "12.9"}))
        second = await the(client, lan, "results")
        one = await client.get(f"/v1/patients/me/results/{first['id']}", headers=lan.bearer)

    assert (first["correctedAt"], second["correctedAt"]) == (None, second["asOf"])
    assert second["asOf"] > first["asOf"]
    marked = [each["name"] for each in one.json()["observations"] if each["correctedAt"]]
    assert marked == ["Huyết sắc tố (HGB)"]
    assert {each["facility"] for each in one.json()["observations"]} == {"Bệnh viện Mẫu"}


async def test_a_value_that_changes_under_its_report_marks_the_report_too(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    """Also when its sender calls it `final` still."""
    lan = await sign_in(client, database, LAN.citizen_id)
    at = an_hour_ago()
    await hospital.posts(visit(LAN, at))
    first = await the(client, lan, "results")

    changed = only(visit(LAN, at, {"718-7": "12.9"}), "Observation")
    assert resource(changed, "Observation")["status"] == "final"
    await hospital.posts(changed)

    second = await the(client, lan, "results")
    assert second["correctedAt"] == second["asOf"] > first["asOf"]


async def test_what_changes_nothing_that_is_shown_tells_nobody_and_corrects_nothing(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)
    at = an_hour_ago()
    await hospital.posts(visit(LAN, at))
    told = await database.owner.fetchval("SELECT count(*) FROM notification")

    same = only(visit(LAN, at), "Observation")
    resource(same, "Observation")["encounter"] = {"reference": "Encounter/elsewhere"}
    assert (await hospital.posts(same)).status_code == 200

    assert (await the(client, lan, "results"))["correctedAt"] is None
    assert await database.owner.fetchval("SELECT count(*) FROM notification") == told


@pytest.mark.parametrize(
    ("before", "after", "differs", "expected"),
    [
        (None, "final", True, False), (None, "corrected", True, True),
        ("preliminary", "final", True, False), ("preliminary", "amended", True, True),
        ("final", "final", True, True), ("final", "final", False, False),
        ("final", "corrected", True, True), ("entered-in-error", "final", True, True),
        ("final", "entered-in-error", True, False), ("preliminary", "preliminary", True, False),
    ],
)  # fmt: skip
def test_a_correction_is_another_word_after_the_last_one_was_final(
    before: str | None,
    after: str,
    differs: bool,  # noqa: FBT001  # a case of the table
    expected: bool,  # noqa: FBT001  # a case of the table
) -> None:
    assert is_correction(before, after, differs=differs) is expected
