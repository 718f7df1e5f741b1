"""Somebody tries citizen ids one after the other; a waiting room full of patients does not."""

from httpx import AsyncClient

from tests.conftest import Database
from tests.harness.alarms import alarms
from tests.harness.auth.steps import LAN, another_phone, scattered

CLINIC = "203.0.113.250"


async def ask_from(proxied: AsyncClient, number: str, address: str) -> int:
    answer = await proxied.post(
        "/v1/sign-in/codes",
        json={"citizenId": number, "phone": f"+8491{number[-7:]}"},
        headers={"X-Forwarded-For": address},
    )
    return answer.status_code


async def test_a_thousand_numbers_in_a_row_from_fifty_places_are_seen_and_slowed(
    proxied: AsyncClient, database: Database
) -> None:
    answers = [await ask_from(proxied, f"001199{n:06}", f"203.0.113.{n % 50}") for n in range(1000)]
    owner = await ask_from(proxied, "001199000777", "198.51.100.7")
    scanner = await ask_from(proxied, scattered(1), "203.0.113.1")

    assert answers.count(202) < 250
    assert set(await alarms(database)) == {"codes.scan"}
    assert (owner, scanner) == (202, 429)


async def test_numbers_of_one_cohort_far_apart_are_seen_as_well(
    proxied: AsyncClient, database: Database
) -> None:
    for n in range(301):
        await ask_from(proxied, f"001199{n * 997:06}", f"10.0.{n >> 8}.{n & 255}")

    assert await alarms(database) == ["codes.scan"]


async def test_a_waiting_room_of_two_hundred_is_no_scan(
    proxied: AsyncClient, database: Database, time_moves: object
) -> None:
    answers = [await ask_from(proxied, scattered(n), CLINIC) for n in range(30)]
    more = [await ask_from(proxied, scattered(n), f"203.0.113.{n}") for n in range(30, 200)]

    assert set(answers + more) == {202}
    assert await alarms(database) == []


async def test_a_mother_and_her_twins_are_no_scan(proxied: AsyncClient, database: Database) -> None:
    family = ["001324000101", "001324000102", "001185000101"]

    assert [await ask_from(proxied, one, CLINIC) for one in family] == [202] * 3
    assert await alarms(database) == []


async def test_many_numbers_tried_beside_one_id_are_seen_and_refuse_nobody(
    proxied: AsyncClient, database: Database
) -> None:
    answers = [
        await proxied.post(
            "/v1/sign-in/codes",
            json={"citizenId": LAN, "phone": another_phone(n)},
            headers={"X-Forwarded-For": f"203.0.113.{n}"},
        )
        for n in range(30)
    ]

    assert {each.status_code for each in answers} == {202}
    assert await alarms(database) == ["codes.scan"]
