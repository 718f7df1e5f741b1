"""A page ends early where its records are long; none of them is lost, cut or shown twice."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from httpx import AsyncClient, Response

from backend.core.odd_rows.unreadable import stop_noting
from backend.records.kinds import KINDS, LISTED, Kind
from backend.records.rules import FULL_PAGE, LARGEST_RECORD
from tests.conftest import Database
from tests.harness.alarms import alarms
from tests.harness.auth.steps import sign_in
from tests.harness.intake.hospital import a_hospital
from tests.harness.intake.other_kinds import sent
from tests.harness.records.everything import EVERYTHING
from tests.harness.records.measurements import BINH

LONG = 700_000
"""Bytes: two of them fill a page."""
MOST_BYTES = FULL_PAGE + LARGEST_RECORD


@dataclass
class Reader:
    """An app that notes how many bytes the largest answer had."""

    client: AsyncClient
    bearer: dict[str, str]
    largest: int = 0
    most_items: int = 0

    async def asks(self, path: str) -> Response:
        return await self.client.get(f"/v1/patients/me/{path}", headers=self.bearer)

    async def reads(self, path: str) -> Any:
        answer = await self.asks(path)
        assert answer.status_code == 200, (path, answer.text[:500])
        self.largest = max(self.largest, len(answer.content))
        page = answer.json()
        self.most_items = max(self.most_items, len(page.get("items", ())))
        return page


@pytest.fixture
async def app(database: Database, client: AsyncClient) -> AsyncIterator[Reader]:
    """The app of a patient who has three records or so of every kind."""
    hospital = await a_hospital(database, client)
    await hospital.registers(BINH)
    everything = [each for kind in EVERYTHING.values() for each in kind.sent]
    assert (await hospital.posts(sent(*everything))).status_code == 200
    session = await sign_in(client, database, BINH.citizen_id)
    yield Reader(client, session.bearer)
    await stop_noting()
    assert await alarms(database) == []


async def make_long(database: Database, kind: Kind, letters: int = LONG) -> None:
    """Write a long text into each record of a kind, past intake, which would refuse it."""
    for column in {"body", kind.text}:
        await database.owner.execute(
            f'UPDATE {kind.table} SET {column} = regexp_replace({column}, \'"facility":"\','
            " '\"facility\":\"' || repeat('x', $1))",
            letters,
        )


def ids(items: list[Any]) -> set[str]:
    return {each["id"] for each in items}


async def everywhere(app: Reader, path: str) -> list[str]:
    joined = "&" if "?" in path else "?"
    items: list[str] = []
    cursor = ""
    for _ in range(200):
        page = await app.reads(f"{path}{joined}limit=100{cursor and f'&cursor={cursor}'}")
        assert page["items"], "a page has a row at least"
        assert page.get("leftOut", 0) == 0
        items += [each["id"] for each in page["items"]]
        cursor = page["nextCursor"]
        if cursor is None:
            return items
    pytest.fail("the list has no end")


@pytest.mark.parametrize("kind", LISTED, ids=lambda kind: kind.table)
async def test_a_list_of_long_records_has_more_pages_and_all_rows(
    database: Database, app: Reader, kind: Kind
) -> None:
    paths = [kind.address] if kind.table != "appointment" else [
        "appointments?when=next", "appointments?when=past",
    ]  # fmt: skip
    before = [await everywhere(app, path) for path in paths]
    app.most_items = 0

    await make_long(database, kind)

    assert [await everywhere(app, path) for path in paths] == before
    assert app.largest <= MOST_BYTES
    assert app.most_items == 2
    for path in paths:
        joined = "&" if "?" in path else "?"
        assert len((await app.reads(f"{path}{joined}limit=1"))["items"]) == 1


async def test_a_timeline_of_long_records_has_more_pages_and_all_rows(
    database: Database, app: Reader
) -> None:
    before = await everywhere(app, "timeline")
    app.most_items = 0

    for kind in KINDS:
        await make_long(database, kind)

    assert await everywhere(app, "timeline") == before
    assert app.largest <= MOST_BYTES
    assert app.most_items == 2


async def test_an_app_that_syncs_long_records_gets_all_and_loses_none(
    database: Database, app: Reader
) -> None:
    before = ids((await app.reads("changes?limit=500"))["items"])
    for kind in KINDS:
        await make_long(database, kind)

    items, since, more = [], "", True
    while more:
        page = await app.reads(f"changes?limit=500{since and f'&since={since}'}")
        items += page["items"]
        since, more = page["nextCursor"], page["more"]

    assert [each for each in items if each.get("gone")] == []
    assert (ids(items), len(items)) == (before, len(before))
    assert app.largest <= MOST_BYTES


async def test_a_trend_of_long_measurements_says_that_it_is_not_complete(
    database: Database, app: Reader
) -> None:
    observations = next(kind for kind in KINDS if kind.table == "observation")
    await database.owner.execute("UPDATE observation SET code = 'a|b'")
    newest = await database.owner.fetchval(
        "SELECT id FROM observation WHERE NOT hidden ORDER BY happened_at DESC, id DESC LIMIT 1"
    )
    whole = await app.reads(f"observations/{newest}/trend")

    await make_long(database, observations)
    part = await app.reads(f"observations/{newest}/trend")

    assert whole["complete"]
    assert not part["complete"]
    shown = {point["id"] for series in part["series"] for point in series["points"]}
    assert str(newest) in shown
    assert app.largest <= MOST_BYTES


async def test_a_calendar_of_long_appointments_has_all_events(
    database: Database, app: Reader
) -> None:
    before = await app.asks("appointments/calendar.ics")

    await database.owner.execute(
        "UPDATE appointment SET body = regexp_replace(body, '^{', '{\"more\":\"' ||"
        " repeat('x', 700000) || '\",')"
    )

    assert (await app.asks("appointments/calendar.ics")).content == before.content
    assert before.text.count("BEGIN:VEVENT") > 0


async def test_what_is_longest_is_missing_in_a_summary_which_says_so(
    database: Database, app: Reader
) -> None:
    before = (await app.asks("summary")).text
    conditions = next(kind for kind in KINDS if kind.table == "condition")
    names = ("Penicillin", "Tăng huyết áp", "Gút")
    assert all(name in before for name in names)

    await make_long(database, conditions)
    after = await app.asks("summary")

    assert after.status_code == 200
    assert "Penicillin" in after.text
    assert after.text.count("Thiếu 2 mục") == 1
    assert len(after.content) <= 3 * FULL_PAGE


async def test_a_medicine_that_is_too_long_is_missing_in_a_schedule_which_says_so(
    database: Database, app: Reader
) -> None:
    asked = "medicines/schedule?from=2026-11-01&to=2026-12-01"
    before = await app.reads(asked)
    long = await database.owner.fetchval(
        'UPDATE medicine SET body = regexp_replace(body, \'"name":"\', \'"name":"\' ||'
        " repeat('x', 2000000)) WHERE id = (SELECT id FROM medicine WHERE status = 'active'"
        " AND NOT hidden ORDER BY id LIMIT 1) RETURNING id"
    )

    after = await app.reads(asked)

    def kept(view: Any) -> list[Any]:
        return [
            each for each in view["items"] + view["asWritten"] if each["medicineId"] != str(long)
        ]

    assert "leftOut" not in before or before["leftOut"] == 0
    assert after["leftOut"] == 1
    assert kept(after) == kept(before) == after["items"] + after["asWritten"]
    assert app.largest <= MOST_BYTES


@pytest.mark.parametrize("kind", LISTED, ids=lambda kind: kind.table)
async def test_a_record_far_beyond_what_intake_stores_is_read_by_nobody(
    database: Database, app: Reader, kind: Kind
) -> None:
    await make_long(database, kind, 2 * LARGEST_RECORD)

    rows = await database.owner.fetch(f"SELECT readable FROM {kind.table}")

    assert {row["readable"] for row in rows} == {False}
