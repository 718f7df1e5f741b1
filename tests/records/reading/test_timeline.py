"""Everything that has happened stands in the timeline once, newest first, where it is open."""

import re
from datetime import date, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from httpx import AsyncClient

from backend.core.clock import now
from backend.core.settings import load_settings
from backend.records.kinds import KINDS
from backend.records.reading.timeline_views import TimelineItem, TimelineKind
from backend.sandbox.demo.story_bundles import LAN, TU, Resource, visit
from backend.schema.repeatable import pages
from tests.conftest import Database
from tests.harness.auth.steps import Tokens, sign_in
from tests.harness.intake.hospital import Hospital, a_hospital, an_hour_ago
from tests.harness.intake.other_kinds import ALL, ENCOUNTER, HERS, PROCEDURE, concept, sent
from tests.harness.records.crowds import crowded
from tests.harness.records.odd_rows import EDGES
from tests.harness.records.timelines import LETTER, VITAL


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    """One patient with a record of every kind; her appointment is a week ahead."""
    made = await a_hospital(database, client)
    await made.registers(LAN, TU)
    assert (await made.posts(visit(LAN, an_hour_ago()))).status_code == 200
    answer = await made.posts(sent(*ALL, VITAL, LETTER))
    assert answer.status_code == 200, answer.text
    await made.posts(visit(TU, an_hour_ago()))
    return made


async def pages_of(client: AsyncClient, who: Tokens, query: str) -> list[list[dict[str, Any]]]:
    pages, cursor = [], ""
    while cursor is not None:
        answer = await client.get(
            f"/v1/patients/me/timeline?{query}{cursor and f'&cursor={cursor}'}",
            headers=who.bearer,
        )
        assert answer.status_code == 200, answer.text
        pages.append(answer.json()["items"])
        cursor = answer.json()["nextCursor"]
    return pages


async def kinds_of(client: AsyncClient, who: Tokens, query: str = "limit=100") -> list[str]:
    return [each["kind"] for page in await pages_of(client, who, query) for each in page]


NOT_YET = {"appointment"}


async def test_every_kind_stands_in_it_once_and_what_is_still_to_come_does_not(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)

    items = [each for page in await pages_of(client, lan, "limit=100") for each in page]

    assert sorted(each["kind"] for each in items) == sorted(set(TimelineKind) - NOT_YET)
    assert all(each["id"] == each["record"]["id"] for each in items)
    await database.owner.execute("UPDATE appointment SET starts_at = hub_clock()")
    assert (await kinds_of(client, lan))[0] == "appointment"


async def test_it_goes_back_in_time_page_by_page_whatever_the_kind(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)
    await database.owner.execute("UPDATE visit SET happened_at = (SELECT happened_at FROM allergy)")

    (whole,) = await pages_of(client, lan, "limit=100")
    pages = await pages_of(client, lan, "limit=2")

    assert [each for page in pages for each in page] == whole
    assert [len(page) for page in pages[:-1]] == [2] * ((len(whole) - 1) // 2)
    assert len(whole) == len(KINDS) - len(NOT_YET)
    places = [(each["at"], each["id"]) for each in whole]
    assert places == sorted(places, reverse=True)
    assert all(each["at"].endswith("+07:00") for each in whole)


async def test_kinds_and_local_days_narrow_it(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)
    late = {"period": {"start": "2026-10-01T23:59:59+07:00"}}
    early = {"period": {"start": "2026-10-02T00:00:00+07:00"}}
    await hospital.posts(sent(ENCOUNTER | {"id": "e2"} | late, ENCOUNTER | {"id": "e3"} | early))

    async def days(query: str) -> list[str]:
        (page,) = await pages_of(client, lan, f"kind=visit&{query}")
        return [each["record"]["startsAt"][:16] for each in page]

    assert await days("from=2026-10-01&to=2026-10-01") == ["2026-10-01T23:59", "2026-10-01T08:00"]
    assert await days("from=2026-10-02") == ["2026-10-02T00:00"]
    assert len(await days("from=0001-01-01&to=9999-12-31")) == 3
    assert await days("from=2026-10-03&to=2026-10-01") == []
    two = await kinds_of(client, lan, "kind=document&kind=procedure&limit=1")
    assert two == ["document", "procedure"]


@pytest.mark.parametrize(
    ("days", "found"),
    [("from=2025-01-01&to=2025-12-31", "year month day december"),
     ("from=2025-03-15&to=2025-03-31", "year month"),
     ("from=2025-03-31&to=2025-03-31", "year month"),
     ("from=2025-03-01&to=2025-03-01", "year month"),
     ("from=2025-03-10&to=2025-03-10", "year month day"),
     ("from=2025-04-01&to=2025-04-01", "year"), ("from=2025-02-28&to=2025-02-28", "year"),
     ("from=2025-12-31", "year december"), ("from=2026-01-01", ""), ("to=2024-12-31", "")],
)  # fmt: skip
@pytest.mark.parametrize("limit", [1, 100])
async def test_a_month_or_a_year_is_found_wherever_it_overlaps(
    database: Database, client: AsyncClient, hospital: Hospital, days: str, found: str, limit: int
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)
    said = {"year": "2025", "month": "2025-03", "day": "2025-03-10", "december": "2025-12"}
    for kind in ("observation", "procedure"):
        await database.owner.execute(f"UPDATE {kind} SET happened_at = '2020-01-01'")
    await hospital.posts(sent(*(
        VITAL | {"id": f"v-{name}", "code": concept(name), "effectiveDateTime": date}
        for name, date in said.items()
    ), *(
        PROCEDURE | {"id": f"p-{name}", "code": concept(name), "performedDateTime": date}
        for name, date in said.items()
    )))  # fmt: skip

    for kind in ("observation", "procedure"):
        query = f"kind={kind}&limit={limit}&{days}"
        items = [each for page in await pages_of(client, lan, query) for each in page]
        assert {each["record"]["name"] for each in items} & set(said) == set(found.split())


@pytest.mark.parametrize("edge", EDGES)
async def test_an_end_at_the_edge_of_time_takes_no_page_away(
    database: Database, client: AsyncClient, hospital: Hospital, edge: str
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)
    all_of_them = sorted(await kinds_of(client, lan, "limit=2&from=2020-01-01"))
    await database.owner.execute(f"UPDATE visit SET happened_until = '{edge}'")

    assert sorted(await kinds_of(client, lan, "limit=2&from=2020-01-01")) == all_of_them


async def test_days_in_the_wrong_order_find_nothing_partial_either(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)
    await hospital.posts(sent(VITAL | {"id": "v-year", "effectiveDateTime": "2025"}))

    assert await kinds_of(client, lan, "from=2025-10-03&to=2025-10-01") == []


@pytest.mark.parametrize("query", ["kind=x", "from=yesterday", "to=2026-13-01", "cursor=x"])
async def test_a_timeline_that_cannot_be_is_refused(
    database: Database, client: AsyncClient, hospital: Hospital, query: str
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)

    answer = await client.get(f"/v1/patients/me/timeline?{query}", headers=lan.bearer)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_measurement_stands_in_its_report_and_not_beside_it(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)
    before = (await kinds_of(client, lan)).count("observation")

    report: Resource = {
        "resourceType": "DiagnosticReport", "id": "r9", "status": "final", "subject": HERS,
        "code": concept("Sinh hiệu"), "result": [{"reference": "Observation/v1"}],
        "issued": an_hour_ago().isoformat(),
    }  # fmt: skip
    await hospital.posts(sent(report))

    kinds = await kinds_of(client, lan)
    assert (before, kinds.count("observation"), kinds.count("result")) == (1, 0, 2)
    await hospital.posts(sent(VITAL | {"valueInteger": 73}))
    assert (await kinds_of(client, lan)).count("observation") == 0


async def test_what_is_hidden_or_not_released_is_not_in_it(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)
    await database.owner.execute("UPDATE visit SET visible_from = NULL, change_n = change_n + 1")
    await database.owner.execute("UPDATE condition SET hidden = true, change_n = change_n + 1")
    await database.owner.execute(
        "UPDATE procedure SET restriction = 'hiv', change_n = change_n + 1"
    )

    kinds = set(await kinds_of(client, lan))

    assert kinds == set(TimelineKind) - NOT_YET - {"visit", "condition", "procedure"}


async def test_it_reads_each_kind_by_its_index_and_no_longer_than_a_page(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    """EXPLAIN of what the function does, as the role that reads it."""
    for kind in KINDS:
        await crowded(database, kind.table, kind.listed_by)
    branch = pages.BRANCH
    values = {
        "r.chart": f"(SELECT '{LAN_ID}'::uuid)",
        "wanted": "NULL::text[]", "top_id": f"'{LAN_ID}'::uuid", "top": "hub_clock()",
        "first": "'-infinity'::timestamptz", "earliest": "'-infinity'::timestamptz", "most": "21",
    }  # fmt: skip
    async with database.owner.transaction():
        await database.owner.execute("SET LOCAL role = hub_patient")
        for kind in KINDS:
            table, order = kind.table, kind.listed_by
            text = branch.format(table=table, order=order, column=kind.text, more=kind.alone)
            for name, value in values.items():
                text = _replaced(text, name, value)
            plan = "\n".join(
                row[0] for row in await database.owner.fetch(f"EXPLAIN (COSTS OFF) {text}")
            )
            assert "Sort" not in plan, plan
            assert f"ROW({order}, id) < ROW(" in plan.partition("Index Cond")[2].partition("\n")[0]


LAN_ID = "0199aaaa-0000-7000-8000-000000000000"


def _replaced(text: str, name: str, value: str) -> str:
    return re.sub(rf"\b{re.escape(name)}\b", lambda _: value, text)


def test_the_contract_knows_every_kind_that_the_database_gives() -> None:
    tags = [each.__struct_config__.tag for each in get_args(TimelineItem)]

    assert tags == list(TimelineKind)
    assert tags == [kind.table for kind in KINDS]


async def test_a_day_to_come_is_not_history(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)
    here = now().astimezone(ZoneInfo(load_settings().timezone))
    tomorrow: date = here.date() + timedelta(days=1)
    await hospital.posts(
        sent(ENCOUNTER | {"id": "e9", "status": "planned", "period": {"start": f"{tomorrow}"}})
    )

    assert (await kinds_of(client, lan)).count("visit") == 1
