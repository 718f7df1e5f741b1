"""The schedule a patient reads: the hospital's plans, at the hours that count, as of each day."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from backend.core.clock import now
from backend.records.medication.dose_hours import with_changes
from backend.sandbox.demo.story_bundles import LAN
from tests.conftest import Database, Travel
from tests.harness.auth.steps import Tokens, sign_in
from tests.harness.intake.hospital import Hospital
from tests.harness.records.prescribing import (
    TWICE_A_DAY,
    a_medicine,
    doses,
    local,
    medicines,
    prescribes,
    schedule,
    today,
)
from tests.harness.records.reaching import at_level


async def test_each_dose_says_what_an_app_needs_for_an_alarm(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await prescribes(hospital, a_medicine("Amoxicillin", {"when": ["ACM"]}))

    (dose,) = await doses(client, lan, today())

    medicine = dose.pop("medicineId")
    assert dose == {
        "id": f"{medicine}.w{today().toordinal()}.morning",
        "kind": "wall-clock",
        "date": today().isoformat(),
        "time": "07:00:00",
        "zone": "Asia/Ho_Chi_Minh",
        "at": f"{today()}T07:00:00+07:00",
        "part": "morning",
        "meal": "before",
        "medicine": "Amoxicillin",
        "amount": "1 viên",
        "dosage": "Uống theo đơn\nMỗi lần 1 viên, trước bữa sáng",
        "dosageInWords": {
            "vi": "Uống theo đơn\nMỗi lần 1 viên, trước bữa sáng",
            "en": "Uống theo đơn\n1 viên each time, before breakfast",
        },
        "note": None,
    }


async def test_both_kinds_are_in_the_order_of_time(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    start = local(today() - timedelta(days=1), 22).isoformat()
    apart = {"period": 8, "periodUnit": "h", "boundsPeriod": {"start": start}}
    await prescribes(hospital, a_medicine("Clock"), a_medicine("Apart", apart))

    found = await doses(client, lan, today())
    abroad = await doses(client, lan, today(), zone="Europe/London")

    assert [(each["kind"], each["time"]) for each in found] == [
        ("interval", "06:00:00"), ("wall-clock", "07:00:00"), ("interval", "14:00:00"),
        ("wall-clock", "20:00:00"), ("interval", "22:00:00"),
    ]  # fmt: skip
    by_kind = {
        kind: [e for e in abroad if e["kind"] == kind] for kind in ("interval", "wall-clock")
    }
    assert [each["time"] for each in by_kind["wall-clock"]] == ["07:00:00", "20:00:00"]
    assert {each["at"][-6:] for each in abroad} <= {"+00:00", "+01:00", "00:00Z"}
    assert {each["id"] for each in by_kind["interval"]} & {each["id"] for each in found}


async def test_amounts_differ_by_part_of_the_day(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    text = {"text": "Sáng: 3 viên, Tối: 1 viên"}
    await prescribes(hospital, a_medicine("A", dosageInstruction=[text]))

    found = await doses(client, lan, today())

    assert [(each["part"], each["amount"]) for each in found] == [
        ("morning", "3 viên"), ("evening", "1 viên")
    ]  # fmt: skip


async def test_a_facility_has_hours_and_a_patient_own_ones_before_them(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await prescribes(hospital, a_medicine("A"))
    own = {"morning": "05:15", "noon": "12:00", "afternoon": "16:00", "evening": "22:30"}

    async def hours() -> list[str]:
        return [each["time"][:5] for each in await doses(client, lan, today())]

    usual, names = await hours(), [each["id"] for each in await doses(client, lan, today())]
    await with_changes(hospital.facility, {"morning": "06:30"})
    of_facility = await hours()
    chosen = await client.put(
        "/v1/me/dose-hours", json={k: f"{v}:00" for k, v in own.items()}, headers=lan.bearer
    )
    of_patient, still = await hours(), [each["id"] for each in await doses(client, lan, today())]
    read = await client.get("/v1/me/dose-hours", headers=lan.bearer)
    undone = await client.delete("/v1/me/dose-hours", headers=lan.bearer)

    assert (usual, of_facility, of_patient, await hours()) == (
        ["07:00", "20:00"], ["06:30", "20:00"], ["05:15", "22:30"], ["06:30", "20:00"]
    )  # fmt: skip
    assert (chosen.status_code, undone.status_code) == (200, 204)
    (said,) = read.json()["items"]
    assert said.pop("chart")
    assert said == {k: f"{v}:00" for k, v in own.items()} | {"own": True}
    assert names == still


@pytest.mark.parametrize(
    "hours",
    [
        {"morning": "12:00:00"},
        {"evening": "17:00:00"},
        {"noon": "11:00:00+07:00"},
        {"noon": "nachmittags"},
        {"evening": "24:00:00"},
    ],
)
async def test_hours_that_are_no_day_are_refused(
    client: AsyncClient, lan: Tokens, hours: dict[str, str]
) -> None:
    usual = {"morning": "07:00:00", "noon": "11:30:00", "afternoon": "17:00:00",
             "evening": "20:00:00"}  # fmt: skip

    answer = await client.put("/v1/me/dose-hours", json=usual | hours, headers=lan.bearer)
    read = await client.get("/v1/me/dose-hours", headers=lan.bearer)

    assert answer.status_code in {400, 422}
    (said,) = read.json()["items"]
    assert said.pop("chart")
    assert said == usual | {"own": False}


async def test_a_changed_prescription_changes_what_is_ahead_and_not_what_was(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    at = now().isoformat()
    await prescribes(hospital, a_medicine("A"))
    before = await doses(client, lan, today() - timedelta(days=2), today() + timedelta(days=2))

    changed = a_medicine("A", TWICE_A_DAY | {"frequency": 4}, meta={"lastUpdated": at})
    await prescribes(hospital, changed)
    after = await doses(client, lan, today() - timedelta(days=2), today() + timedelta(days=2))

    yesterday, tomorrow = [
        [e["part"] for e in after if e["date"] == (today() + timedelta(days=n)).isoformat()]
        for n in (-1, 1)
    ]
    assert yesterday == ["morning", "evening"]
    assert tomorrow == ["morning", "noon", "afternoon", "evening"]
    assert len({each["id"] for each in after}) == len(after)
    assert {each["id"] for each in before} <= {each["id"] for each in after}


@pytest.mark.parametrize("status", ["stopped", "cancelled", "completed", "on-hold"])
async def test_what_is_ended_has_no_dose_from_then_on(
    client: AsyncClient, hospital: Hospital, lan: Tokens, status: str
) -> None:
    await prescribes(hospital, a_medicine("A"))

    await prescribes(hospital, a_medicine("A", status=status))
    yesterday = await doses(client, lan, today() - timedelta(days=1))
    ahead = await schedule(client, lan, today() + timedelta(days=1), today() + timedelta(days=9))
    held = (await medicines(client, lan))["A"]

    assert len(yesterday) == 2
    assert (ahead["items"], ahead["asWritten"]) == ([], [])
    assert (held["status"], held["scheduled"]) == (status, False)


async def test_what_goes_on_again_has_doses_from_then_on(
    client: AsyncClient, hospital: Hospital, lan: Tokens, time_moves: Travel, database: Database
) -> None:
    await prescribes(hospital, a_medicine("A"))
    await prescribes(hospital, a_medicine("A", status="on-hold"))

    async with time_moves(timedelta(days=2)):
        await prescribes(hospital, a_medicine("A"))
        again = await sign_in(client, database, LAN.citizen_id)
        await at_level(database.owner, "otp")
        held = await doses(client, again, today() - timedelta(days=1))
        ahead = await doses(client, again, today() + timedelta(days=1))

    assert (held, len(ahead)) == ([], 2)


async def test_what_was_entered_in_error_is_nowhere(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await prescribes(hospital, a_medicine("A"))

    await prescribes(hospital, a_medicine("A", status="entered-in-error"))
    found = await schedule(client, lan, today() - timedelta(days=2), today())

    assert (found["items"], found["asWritten"]) == ([], [])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"from": "9999-12-31"}, "schedule_range"), ({"to": "0001-01-01"}, "schedule_range"),
        ({"zone": "Asia/Nowhere"}, "unknown_zone"), ({"zone": "../../etc/passwd"}, "unknown_zone"),
        ({"zone": "America"}, "unknown_zone"),
    ],
)  # fmt: skip
async def test_days_and_zones_that_are_none_are_refused(
    client: AsyncClient, lan: Tokens, query: dict[str, str], code: str
) -> None:
    answer = await client.get(
        "/v1/patients/me/medicines/schedule", params=query, headers=lan.bearer
    )

    assert (answer.status_code, answer.json()["code"]) == (422, code)
