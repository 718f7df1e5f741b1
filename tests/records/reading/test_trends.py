"""One measurement over years: unit by unit, part by part, whatever hospital measured it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from httpx import AsyncClient

from backend.core.database import new_id
from backend.records.reading import trends
from backend.sandbox.demo.story_bundles import LAN, TU, Resource, visit
from tests.conftest import Database
from tests.harness.auth.steps import Tokens, sign_in
from tests.harness.intake.hospital import Hospital, a_hospital, an_hour_ago, only
from tests.harness.intake.other_kinds import HERS, concept, sent
from tests.harness.records.own_names import hashed
from tests.harness.records.reaching import reaches_every_chart
from tests.harness.unguarded import unguarded

HGB = "http://loinc.org|718-7"
EXACT = msgspec.json.Decoder(float_hook=Decimal)


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN, TU)
    return made


@pytest.fixture
async def days(hospital: Hospital) -> Hospital:
    """Three days of Lan's blood, without a report, and one of somebody else's."""
    for n, value in enumerate(("12.10", "12.90", "13.2")):
        bundle = only(
            visit(LAN, an_hour_ago() - timedelta(days=n), {"718-7": value}), "Observation"
        )
        for each in bundle["entry"]:
            each["resource"]["identifier"][0]["value"] += f"-{n}"
        assert (await hospital.posts(bundle)).status_code == 200
    await hospital.posts(visit(TU, an_hour_ago()))
    return hospital


def measured(n: int, **found: Any) -> Resource:
    return {
        "resourceType": "Observation", "id": f"m{n}", "status": "final", "subject": HERS,
        "code": concept("Glucose", "glu"), "effectiveDateTime": f"20{n:02}-03-01",
        **found,
    }  # fmt: skip


def amount(value: str, unit: str, **more: Any) -> Resource:
    return {"valueQuantity": {"value": Decimal(value), "unit": unit, **more}}


async def trend_of(client: AsyncClient, who: Tokens, row: Any) -> Any:
    answer = await client.get(f"/v1/patients/me/observations/{row}/trend", headers=who.bearer)
    assert answer.status_code == 200, answer.text
    return EXACT.decode(answer.content)


async def any_row(database: Database, name: str = "m10") -> Any:
    return await database.owner.fetchval(
        "SELECT id FROM observation WHERE local_id = $1",
        await hashed(database, "Observation", name),
    )


async def test_a_trend_is_one_line_the_oldest_first(
    database: Database, client: AsyncClient, days: Hospital
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)
    row = await database.owner.fetchval(
        "SELECT id FROM observation WHERE code = $1 ORDER BY id LIMIT 1", HGB
    )

    trend = await trend_of(client, lan, row)

    assert (trend["name"], trend["complete"]) == ("Huyết sắc tố (HGB)", True)
    (line,) = trend["series"]
    assert (line["component"], line["unit"], line["shape"]) == (None, "g/dL", "numbers")
    assert [str(each["value"]) for each in line["points"]] == ["13.2", "12.90", "12.10"]
    assert [each["at"] for each in line["points"]] == sorted(e["at"] for e in line["points"])
    assert line["points"][0]["facility"] == "Bệnh viện Mẫu"
    assert line["points"][0]["referenceRanges"][0]["text"] == "12.0-16.0"


async def test_units_and_words_are_lines_of_their_own(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    await hospital.posts(
        sent(
            measured(10, **amount("99.0", "mg/dL", comparator="<")),
            measured(12, **amount("5.60", "mmol/L")),
            measured(14, valueString="tan máu"),
            measured(16, **amount("5.4", "mmol/L")),
            measured(18, dataAbsentReason=concept("không đủ mẫu")),
            measured(20, valueBoolean=True),
        )
    )
    lan = await sign_in(client, database, LAN.citizen_id)

    trend = await trend_of(client, lan, await any_row(database))

    assert [
        (line["unit"], line["shape"], [str(each["value"]) for each in line["points"]])
        for line in trend["series"]
    ] == [
        ("mg/dL", "numbers", ["99.0"]),
        ("mmol/L", "numbers", ["5.60", "5.4"]),
        (None, "words", ["tan máu", "True"]),
    ]
    assert trend["series"][0]["points"][0]["comparator"] == "<"


async def test_both_pressures_are_lines_of_their_own(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    def pressure(n: int, high: str, low: str) -> Resource:
        parts = [("Tâm thu", high), ("Tâm trương", low)]
        return measured(
            n, component=[{"code": concept(name), **amount(v, "mmHg")} for name, v in parts]
        )

    await hospital.posts(sent(pressure(10, "120", "80.0"), pressure(11, "131", "84")))
    lan = await sign_in(client, database, LAN.citizen_id)

    trend = await trend_of(client, lan, await any_row(database))

    assert [
        (line["component"], [str(each["value"]) for each in line["points"]])
        for line in trend["series"]
    ] == [("Tâm thu", ["120", "131"]), ("Tâm trương", ["80.0", "84"])]


async def test_another_hospital_continues_the_line_where_the_code_is_the_same(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    other = await a_hospital(database, client, "BV KHAC")
    await other.registers(LAN)
    await database.owner.execute(
        "UPDATE facility SET name = 'Bệnh viện Khác' WHERE id = $1", other.facility
    )
    await hospital.posts(sent(measured(10, **amount("5.1", "mmol/L"))))
    another_code = measured(12, **amount("7", "mmol/L")) | {"code": concept("Glucose", "of-ours")}
    await other.posts(sent(measured(11, **amount("5.2", "mmol/L")), another_code))
    lan = await sign_in(client, database, LAN.citizen_id)
    await reaches_every_chart(database.owner)

    trend = await trend_of(client, lan, await any_row(database))

    (line,) = trend["series"]
    assert [(str(each["value"]), each["facility"]) for each in line["points"]] == [
        ("5.1", "Bệnh viện Mẫu"), ("5.2", "Bệnh viện Khác"),
    ]  # fmt: skip


async def test_a_code_without_a_system_is_of_its_hospital_only(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    other = await a_hospital(database, client, "BV KHAC")
    await other.registers(LAN)
    local = {"code": {"text": "Xét nghiệm 7", "coding": [{"code": "7"}]}}
    await hospital.posts(sent(*(measured(n, **amount(f"{n}", "mmol/L")) | local for n in (10, 11))))
    await other.posts(sent(measured(12, **amount("99", "mmol/L")) | local))
    lan = await sign_in(client, database, LAN.citizen_id)
    await reaches_every_chart(database.owner)

    trend = await trend_of(client, lan, await any_row(database))

    assert [[str(p["value"]) for p in line["points"]] for line in trend["series"]] == [["10", "11"]]


async def test_what_has_no_code_is_compared_with_nothing(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    uncoded = {"code": concept("Đường huyết")}
    await hospital.posts(
        sent(*(measured(n, **amount(str(n), "mmol/L")) | uncoded for n in (10, 11)))
    )
    lan = await sign_in(client, database, LAN.citizen_id)

    trend = await trend_of(client, lan, await any_row(database))

    assert [[str(p["value"]) for p in line["points"]] for line in trend["series"]] == [["10"]]


async def test_a_correction_and_what_was_taken_back_are_seen(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    first = [measured(n, **amount("5.0", "mmol/L")) for n in (10, 11, 12)]
    await hospital.posts(sent(*first))
    await hospital.posts(
        sent(
            measured(11, **amount("6.0", "mmol/L")),
            measured(12, **amount("5.0", "mmol/L")) | {"status": "entered-in-error"},
        )
    )
    lan = await sign_in(client, database, LAN.citizen_id)

    (line,) = (await trend_of(client, lan, await any_row(database)))["series"]

    assert [(str(p["value"]), bool(p["correctedAt"])) for p in line["points"]] == [
        ("5.0", False), ("6.0", True),
    ]  # fmt: skip


async def test_a_long_trend_says_that_it_is_not_all(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    await hospital.posts(sent(measured(10, **amount("5.1", "mmol/L"))))
    await database.owner.execute(
        "INSERT INTO observation (id, facility, key, content_hash, patient, happened_at,"
        " visible_from, change_n, received_event, status, body, code)"
        " SELECT uuidv7(), facility, key || n, '', patient, happened_at + n * interval '1 day',"
        " visible_from, change_n, received_event, status, body, code"
        " FROM observation, generate_series(1, $1) n",
        trends.LONGEST_TREND,
    )
    lan = await sign_in(client, database, LAN.citizen_id)
    row = await any_row(database)

    trend = await trend_of(client, lan, row)

    points = [each for line in trend["series"] for each in line["points"]]
    assert (len(points), trend["complete"]) == (trends.LONGEST_TREND, False)
    assert points[0]["at"] > "2010-03-01T23"


async def test_somebody_elses_measurement_has_no_trend_and_the_asking_is_written_down(
    database: Database, client: AsyncClient, days: Hospital
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)
    tus = await database.owner.fetchval("SELECT id FROM observation ORDER BY id DESC LIMIT 1")
    async with unguarded(database.owner):
        await database.owner.execute("DELETE FROM audit_event")

    foreign, nothing = [
        await client.get(f"/v1/patients/me/observations/{row}/trend", headers=lan.bearer)
        for row in (tus, new_id())
    ]

    assert (foreign.status_code, foreign.content) == (404, nothing.content)
    rows = await database.owner.fetch("SELECT action, result FROM audit_event ORDER BY id")
    assert [tuple(row) for row in rows] == [("results", "not_found")] * 2


async def test_everything_measured_is_listed_once(
    database: Database, client: AsyncClient, days: Hospital
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)

    ids, cursor, pages = [], "", 0
    while cursor is not None:
        answer = await client.get(
            f"/v1/patients/me/observations?limit=4{cursor and f'&cursor={cursor}'}",
            headers=lan.bearer,
        )
        ids += [each["id"] for each in answer.json()["items"]]
        cursor, pages = answer.json()["nextCursor"], pages + 1

    assert (len(ids), len(set(ids)), pages) == (15, 15, 4)
