"""A patient is told when all that was ordered is there, or when it has taken long enough."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from backend.notifications.planning.deferred import plan_deferred
from backend.sandbox.demo.story_bundles import LAN
from tests.conftest import Database, Travel
from tests.harness.auth.steps import sign_in
from tests.harness.checksums import checksums
from tests.harness.intake.hospital import Hospital, an_hour_ago
from tests.harness.intake.orders import Resource, order
from tests.harness.intake.other_kinds import HERS, concept, sent
from tests.harness.intake.told import told
from tests.harness.records.own_names import by_name

REQUISITION = {"requisition": {"system": "urn:bvmau:phieu", "value": "P1"}}

NAMES = ("r", "r1", "r2", "r3", "s")


def report(name: str, *orders: str, status: str = "final", **more: Any) -> Resource:
    return {
        "resourceType": "DiagnosticReport", "id": name, "status": status, "subject": HERS,
        "code": concept(name), "issued": an_hour_ago().isoformat(),
    } | ({"basedOn": [{"reference": f"ServiceRequest/{each}"} for each in orders]}
         if orders else {}) | more  # fmt: skip


async def complete(database: Database) -> dict[str, bool | None]:
    rows = await database.owner.fetch(
        "SELECT facility, local_id, (header::json->>'orderComplete')::boolean AS list,"
        " (body::json->>'orderComplete')::boolean AS one FROM result"
    )
    assert all(row["list"] is row["one"] for row in rows)
    found = by_name(rows, "DiagnosticReport", NAMES)
    return {name: row["one"] for name, row in found.items()}


async def test_the_first_of_two_reports_waits_for_the_second(
    database: Database, hospital: Hospital
) -> None:
    await hospital.posts(sent(order("o1")))

    await hospital.posts(sent(report("r1", "o1", status="partial"), report("r2", "o1")))
    first = await told(database), await complete(database)
    await hospital.posts(sent(report("r1", "o1")))
    then = await told(database), await complete(database)

    assert first == ([], {"r1": False, "r2": False})
    assert then == (["result.ready", "result.ready"], {"r1": True, "r2": True})
    speaking = "SELECT count(*) FROM notification WHERE grouped_into IS NULL"
    assert await database.owner.fetchval(speaking) == 1
    assert await database.owner.fetchval("SELECT count(*) FROM deferred_notice") == 0


@pytest.mark.parametrize(
    "together", [REQUISITION, {"basedOn": [{"reference": "ServiceRequest/p"}]}]
)
async def test_orders_of_one_requisition_are_one_order(
    database: Database, hospital: Hospital, together: Resource
) -> None:
    await hospital.posts(sent(order("o1", **together), order("o2", **together), order("o3")))

    await hospital.posts(sent(report("r1", "o1")))
    one = await told(database), await complete(database)
    await hospital.posts(sent(report("r2", "o2")))

    assert one == ([], {"r1": False})
    assert await told(database) == ["result.ready", "result.ready"]
    assert await complete(database) == {"r1": True, "r2": True}


async def test_a_report_of_no_known_order_is_told_at_once(
    database: Database, hospital: Hospital
) -> None:
    await hospital.posts(sent(report("r1", "nobody-sent-it"), report("r2")))

    assert await told(database) == ["result.ready", "result.ready"]
    assert await complete(database) == {"r1": None, "r2": None}


async def test_a_single_report_that_answers_its_order_is_told_at_once(
    database: Database, hospital: Hospital
) -> None:
    await hospital.posts(sent(report("r1", "o1"), order("o1")))

    assert await told(database) == ["result.ready"]
    assert await complete(database) == {"r1": True}


async def test_an_order_that_is_called_off_is_not_waited_for(
    database: Database, hospital: Hospital
) -> None:
    await hospital.posts(sent(order("o1", **REQUISITION), order("o2", **REQUISITION)))
    await hospital.posts(sent(report("r1", "o1")))
    before = await told(database)

    await hospital.posts(sent(order("o2", **REQUISITION, status="revoked")))

    assert (before, await told(database)) == ([], ["result.ready"])


@pytest.mark.parametrize(
    "none", [{"doNotPerform": True}, {"intent": "proposal"}, {"intent": "plan"}]
)
@pytest.mark.parametrize("late", [False, True], ids=["from the beginning", "later"])
async def test_nothing_waits_for_what_is_no_order(
    database: Database, hospital: Hospital, none: Resource, *, late: bool
) -> None:
    if late:
        await hospital.posts(sent(order("o1", **REQUISITION), order("o2", **REQUISITION)))
        await hospital.posts(sent(report("r1", "o1")))
        assert await told(database) == []
    else:
        await hospital.posts(sent(order("o1", **REQUISITION), report("r1", "o1")))

    await hospital.posts(sent(order("o2", **REQUISITION | none)))

    assert await told(database) == ["result.ready"]


async def test_an_unfinished_measurement_keeps_its_order_open(
    database: Database, hospital: Hospital
) -> None:
    measured = {"resourceType": "Observation", "id": "m1", "status": "preliminary",
                "subject": HERS, "code": concept("Cấy máu"), "valueString": "chưa mọc",
                "basedOn": [{"reference": "ServiceRequest/o1"}]}  # fmt: skip
    await hospital.posts(sent(order("o1"), measured, report("r1", "o1")))
    before = await told(database)

    await hospital.posts(sent(measured | {"status": "final"}))

    assert (before, await told(database)) == ([], ["result.ready"])


async def test_after_four_hours_it_is_told_what_there_is_and_once(
    database: Database, hospital: Hospital, time_moves: Travel
) -> None:
    await hospital.posts(
        sent(order("o1"), report("r1", "o1"), report("r2", "o1", status="partial"))
    )

    heard = []
    for hours in (3.9, 4.1, 5):
        async with time_moves(timedelta(hours=hours)), database.as_worker():
            await plan_deferred()
            await plan_deferred()
        heard.append(await told(database))
    await hospital.posts(sent(report("r2", "o1")))

    assert heard == [[], ["result.ready"], ["result.ready"]]
    assert await told(database) == ["result.ready", "result.ready"]
    assert await complete(database) == {"r1": True, "r2": True}


async def test_what_is_corrected_or_taken_back_while_it_waits_is_told_as_it_is_then(
    database: Database, hospital: Hospital
) -> None:
    await hospital.posts(sent(order("o1"), report("r1", "o1"), report("r2", "o1", status="partial"),
                              report("r3", "o1")))  # fmt: skip

    await hospital.posts(sent(report("r1", "o1", status="corrected", conclusion="B"),
                              report("r3", "o1", status="entered-in-error")))  # fmt: skip
    waiting = await told(database)
    await hospital.posts(sent(report("r2", "o1")))

    assert waiting == []
    assert await told(database) == ["result.ready", "result.ready"]
    assert await database.owner.fetchval("SELECT count(*) FROM deferred_notice") == 0


async def test_a_correction_of_what_was_told_does_not_wait(
    database: Database, hospital: Hospital
) -> None:
    await hospital.posts(sent(order("o1"), report("r1", "o1")))

    await hospital.posts(sent(report("r2", "o1", status="partial")))
    await hospital.posts(sent(report("r1", "o1", status="corrected", conclusion="B")))

    assert await told(database) == ["result.ready", "result.corrected"]
    assert await complete(database) == {"r1": False, "r2": False}


async def test_the_same_again_changes_nothing_and_the_patient_sees_what_is_missing(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    bundle = sent(order("o1"), report("r1", "o1"), report("r2", "o1", status="partial"))
    await hospital.posts(bundle)
    before = await checksums(database)

    await hospital.posts(bundle)

    assert await checksums(database) == before
    lan = await sign_in(client, database, LAN.citizen_id)
    page = await client.get("/v1/patients/me/results", headers=lan.bearer)
    assert [each["orderComplete"] for each in page.json()["items"]] == [False, False]
