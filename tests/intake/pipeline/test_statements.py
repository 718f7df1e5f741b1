"""How often a message asks the database: for each kind of record, not for each record."""

import asyncio
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

from backend.sandbox.demo.story_bundles import LAN, Resource, StoryPerson, visit
from tests.conftest import Database
from tests.harness.counted_statements import counted
from tests.harness.intake.hospital import Hospital, an_hour_ago, with_new_names

MOST = 35
"""Statements for a visit of 8 new records: its key and facility, BEGIN and COMMIT among them."""
ABOUT_TYPES = ("typeinfo_tree", "'jit'")
"""What the driver asks of a connection once, for each type that it has not met."""


def of_the_hub(asked: Sequence[str]) -> list[str]:
    return [said for said in asked if not any(word in said for word in ABOUT_TYPES)]


def with_measurements(bundle: Resource, times: int) -> Resource:
    """Give the visit with so many times its measurements, all of them in its report."""
    more = deepcopy(bundle)
    report = more["entry"][0]["resource"]
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] != "Observation":
            continue
        for n in range(1, times):
            again = deepcopy(entry)
            again["fullUrl"] = f"{entry['fullUrl'][:-3]}{n:03}"
            again["resource"]["identifier"][0]["value"] += f"-{n}"
            more["entry"].append(again)
            report["result"].append({"reference": again["fullUrl"]})
    return more


def people(count: int) -> list[StoryPerson]:
    return [
        replace(LAN, hospital_number=f"BN7{n:03}", citizen_id=f"079185{n:06}", mobile=f"0901{n:06}")
        for n in range(count)
    ]


async def test_a_visit_of_eight_records_asks_35_times(
    database: Database, hospital: Hospital
) -> None:
    async with counted(database) as asked:
        answer = await hospital.posts(visit(LAN, an_hour_ago()))

    assert answer.status_code == 200, answer.text
    assert len(of_the_hub(asked)) <= MOST, asked


async def test_ten_times_as_many_measurements_ask_no_oftener(
    database: Database, hospital: Hospital
) -> None:
    async with counted(database) as asked:
        answer = await hospital.posts(with_measurements(visit(LAN, an_hour_ago()), 10))

    assert answer.status_code == 200, answer.text
    assert len(answer.json()["entry"]) == 53
    assert len(of_the_hub(asked)) <= MOST, asked


async def test_the_same_visit_again_asks_no_oftener(database: Database, hospital: Hospital) -> None:
    bundle = visit(LAN, an_hour_ago())
    await hospital.posts(bundle)

    async with counted(database) as asked:
        answer = await hospital.posts(with_new_names(bundle))

    assert {each["response"]["status"] for each in answer.json()["entry"]} == {"200 OK"}
    assert len(of_the_hub(asked)) <= MOST, asked


async def test_eight_visits_at_once_ask_less_than_three_alone(
    database: Database, hospital: Hospital
) -> None:
    everybody = people(8)
    await hospital.registers(*everybody)

    async with counted(database) as asked:
        visits = [hospital.posts(visit(person, an_hour_ago())) for person in everybody]
        answers = await asyncio.gather(*visits)

    assert [answer.status_code for answer in answers] == [200] * 8
    assert len(of_the_hub(asked)) < 3 * MOST, asked
