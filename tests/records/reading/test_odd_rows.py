"""One record that cannot be shown takes no list, summary, calendar or answer to sync away."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from backend.core.odd_rows.unreadable import stop_noting
from backend.records.kinds import KINDS, LISTED, Kind
from tests.conftest import Database
from tests.harness.alarms import alarms
from tests.harness.auth.steps import sign_in
from tests.harness.intake.hospital import a_hospital
from tests.harness.intake.other_kinds import sent
from tests.harness.records.everything import EVERYTHING
from tests.harness.records.measurements import BINH
from tests.harness.records.odd_rows import EDGES, odd_bodies, plant

PAGES = (
    *dict.fromkeys(kind.address for kind in LISTED),
    "timeline", "changes", "summary", "medicines/schedule", "appointments/calendar.ics",
    "appointments?when=next", "appointments?when=past", "access-log",
)  # fmt: skip
"""Every page of a record that is made of several rows."""


@dataclass
class App:
    client: AsyncClient
    bearer: dict[str, str]

    async def asks(self, path: str) -> Response:
        return await self.client.get(f"/v1/patients/me/{path}", headers=self.bearer)

    async def reads(self, path: str) -> Any:
        answer = await self.asks(path)
        assert answer.status_code == 200, (path, answer.text)
        if path.endswith(".ics"):
            return answer.text
        return json.loads(answer.text, parse_constant=pytest.fail)

    async def lists(self, path: str, limit: int) -> tuple[list[Any], int]:
        """Read a list to its end; give its items, and how many it says are left out."""
        items, left_out, cursor = [], 0, ""
        for _ in range(100):
            page = await self.reads(f"{path}?limit={limit}{cursor and f'&cursor={cursor}'}")
            items += page["items"]
            left_out += page.get("leftOut", 0)
            cursor = page["nextCursor"]
            if cursor is None:
                return items, left_out
        pytest.fail("the list has no end")


@pytest.fixture
async def app(database: Database, client: AsyncClient) -> AsyncIterator[App]:
    """The app of a patient who has three records or so of every kind."""
    hospital = await a_hospital(database, client)
    await hospital.registers(BINH)
    everything = [each for kind in EVERYTHING.values() for each in kind.sent]
    assert (await hospital.posts(sent(*everything))).status_code == 200
    session = await sign_in(client, database, BINH.citizen_id)
    yield App(client, session.bearer)
    await stop_noting()


async def one_of(database: Database, kind: Kind) -> tuple[UUID, str]:
    row = await database.owner.fetchrow(
        f"SELECT id, body FROM {kind.table} t WHERE NOT hidden AND restriction = '' {kind.alone}"
        " ORDER BY happened_at, id LIMIT 1"
    )
    return row["id"], row["body"]


def ids(items: list[Any]) -> set[str]:
    return {each["id"] for each in items}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.table)
async def test_a_body_that_cannot_be_shown_takes_nothing_else_away(
    database: Database, app: App, kind: Kind
) -> None:
    row, body = await one_of(database, kind)
    before, _ = await app.lists("timeline", 100)
    columns = ("body",) if kind.header is None else ("body", "header")

    for column in columns:
        asked = f"SELECT {column} FROM {kind.table} WHERE id = $1"
        text = await database.owner.fetchval(asked, row)
        for odd in odd_bodies(text):
            await plant(database, kind.table, column, row, odd)
            shown, left_out = await app.lists("timeline", 100)
            assert (ids(shown), left_out) == (ids(before) - {str(row)}, 1), odd
        for page in PAGES:
            await app.reads(page)
        await plant(database, kind.table, column, row, text)
    assert body
    shown, left_out = await app.lists("timeline", 2)
    assert (ids(shown), left_out) == (ids(before), 0)


@pytest.mark.parametrize("kind", LISTED, ids=lambda kind: kind.table)
@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_a_list_goes_on_behind_a_row_that_it_cannot_show(
    database: Database, app: App, kind: Kind, limit: int
) -> None:
    row, _ = await one_of(database, kind)
    before, _ = await app.lists(kind.address, limit)

    await plant(database, kind.table, kind.text, row, "{}")
    shown, left_out = await app.lists(kind.address, limit)

    assert str(row) in ids(before)
    assert (ids(shown), left_out) == (ids(before) - {str(row)}, 1)
    alone = await app.asks(f"{kind.address}/{row}")
    assert alone.status_code == 404
    await stop_noting()
    assert await alarms(database) == ["rows.unreadable"]
    place = await database.owner.fetchval(
        "SELECT from_where FROM audit_event WHERE result = 'alarm'"
    )
    assert place == f"{kind.table}.body"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.table)
async def test_an_app_is_told_that_it_lost_a_record_and_gets_all_others(
    database: Database, app: App, kind: Kind
) -> None:
    row, _ = await one_of(database, kind)
    await plant(database, kind.table, "body", row, "{}")

    items, since, left_out = [], "", 0
    while True:
        page = await app.reads(f"changes?limit=2{since and f'&since={since}'}")
        items += page["items"]
        left_out += page.get("leftOut", 0)
        since = page["nextCursor"]
        if not page["more"]:
            break

    assert [each["id"] for each in items if each.get("gone")] == [str(row)]
    assert left_out == 1
    rest = [f"SELECT id FROM {each.table} WHERE NOT hidden AND readable" for each in KINDS]
    known = await database.owner.fetch(" UNION ALL ".join(rest))
    assert ids([each for each in items if "record" in each]) == {str(each["id"]) for each in known}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.table)
async def test_a_record_at_the_edge_of_time_is_listed_and_the_list_ends(
    database: Database, app: App, kind: Kind
) -> None:
    rows = await database.owner.fetch(f"SELECT id FROM {kind.table}")
    orders = " = $1::text::timestamptz, ".join({kind.listed_by, "happened_at"})
    for edge in EDGES:
        await database.owner.execute(
            f"UPDATE {kind.table} SET {orders} = $1::text::timestamptz", edge
        )

        for page in PAGES:
            await app.reads(page)
        if kind in LISTED:
            shown, _ = await app.lists(kind.address, 1)
            assert sorted(each["id"] for each in shown) == sorted(str(row["id"]) for row in rows)
        await app.lists("timeline", 1)


async def test_an_allergy_that_cannot_be_read_is_not_none_known(
    database: Database, app: App
) -> None:
    await database.owner.execute("UPDATE allergy SET body = '{}'")

    page = await app.reads("allergies")
    summary = await app.reads("summary")

    assert (page["items"], page["known"]) == ([], "listed")
    composition = summary["entry"][0]["resource"]
    (section,) = [each for each in composition["section"] if each["title"].startswith("Dị ứng")]
    assert section["emptyReason"]["coding"][0]["code"] == "unavailable"
    assert "không đọc được" in section["text"]["div"]
    assert "Chưa có cơ sở nào gửi" not in section["text"]["div"]


@pytest.mark.parametrize("plan", [
    "", "null", "[]", "{}", '[{"kind":"new","zone":"Asia/Ho_Chi_Minh"}]',
    '[{"kind":"interval","zone":"Asia/Ho_Chi_Minh","every_minutes":0,"first":"2026-01-01T00:00:00Z"}]',
    '[{"kind":"interval","zone":"Nowhere/At_All","every_minutes":60,"first":"2026-01-01T00:00:00Z"}]',
    '[{"kind":"interval","zone":"Asia","every_minutes":60,"first":"2026-01-01T00:00:00Z"}]',
    '[{"kind":"interval","zone":"UTC","every_minutes":60,"first":"0001-01-01T00:00:00+14:00"}]',
    '[{"kind":"wall-clock","zone":"UTC","taken":[{}],"first_day":"2026-01-01"}]',
    '[{"kind":"wall-clock","zone":"UTC","taken":[],"first_day":"0001-01-01","every_days":-3}]',
])  # fmt: skip
async def test_a_plan_that_cannot_be_read_leaves_its_medicine_as_it_is_written(
    database: Database, app: App, plan: str
) -> None:
    medicine = await database.owner.fetchval(
        "INSERT INTO dose_rule (id, medicine, facility, patient, plan, first_day)"
        " SELECT uuidv7(), id, facility, patient, $1, '2026-01-01' FROM medicine"
        " WHERE status = 'active' AND NOT hidden ORDER BY id LIMIT 1 RETURNING medicine",
        plan,
    )

    schedule = await app.reads("medicines/schedule")

    assert str(medicine) not in {each["medicineId"] for each in schedule["items"]}
    if plan != "[]":  # it says that there is no dose
        assert str(medicine) in {each["medicineId"] for each in schedule["asWritten"]}


async def test_a_tombstone_of_a_kind_that_is_not_known_is_passed_over(
    database: Database, app: App
) -> None:
    first = await app.reads("changes?limit=500")
    await database.owner.execute("UPDATE visit SET hidden = true, change_n = change_n + 1000")
    await database.owner.execute("UPDATE patient_change SET n = n + 1000")
    await database.owner.execute("""UPDATE tombstone SET kind = 'x","id":"' WHERE id =
        (SELECT id FROM tombstone ORDER BY id LIMIT 1)""")

    page = await app.reads(f"changes?since={first['nextCursor']}")

    gone = await database.owner.fetchval("SELECT count(*) FROM visit")
    assert [each["kind"] for each in page["items"]] == ["visit"] * (gone - 1)
