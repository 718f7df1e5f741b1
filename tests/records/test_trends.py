"""What was measured is read by what it is and when, whether a report shows it or not."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from backend.sandbox.story_bundles import LAN, TU, visit
from tests.auth.steps import Tokens, sign_in
from tests.conftest import Database
from tests.intake.hospital import Hospital, a_hospital, an_hour_ago, only

HGB = "http://loinc.org|718-7"


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    """Three days of Lan's blood, without a report, and one of somebody else's."""
    made = await a_hospital(database, client)
    await made.registers(LAN, TU)
    for n, value in enumerate(("12.10", "12.90", "13.2")):
        bundle = only(
            visit(LAN, an_hour_ago() - timedelta(days=n), {"718-7": value}), "Observation"
        )
        for each in bundle["entry"]:
            each["resource"]["identifier"][0]["value"] += f"-{n}"
        assert (await made.posts(bundle)).status_code == 200
    await made.posts(visit(TU, an_hour_ago()))
    return made


async def pages_of(client: AsyncClient, who: Tokens, query: str) -> list[list[dict[str, Any]]]:
    pages, cursor = [], ""
    while cursor is not None:
        answer = await client.get(
            f"/v1/patients/me/observations?{query}{cursor and f'&cursor={cursor}'}",
            headers=who.bearer,
        )
        assert answer.status_code == 200, answer.text
        pages.append(answer.json()["items"])
        cursor = answer.json()["nextCursor"]
    return pages


async def test_the_trend_of_one_code_is_newest_first(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)

    row = await database.owner.fetchval(
        "SELECT id FROM observation WHERE code = $1 ORDER BY id LIMIT 1", HGB
    )
    pages = await pages_of(client, lan, f"like={row}&limit=2")

    assert [[each["value"] for each in page] for page in pages] == [[12.1, 12.9], [13.2]]
    first = pages[0][0]
    assert first["unit"] == "g/dL"
    (expected,) = first["referenceRanges"]
    assert expected["text"] or expected["low"]
    assert first["measuredAt"] > pages[1][0]["measuredAt"]


async def test_without_a_code_everything_is_listed_once(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)

    pages = await pages_of(client, lan, "limit=4")
    tus = await database.owner.fetchval("SELECT id FROM observation ORDER BY id DESC LIMIT 1")
    nothing = await pages_of(client, lan, f"like={tus}")

    ids = [each["id"] for page in pages for each in page]
    assert (len(ids), len(set(ids)), len(pages)) == (15, 15, 4)
    assert nothing == [[]]
