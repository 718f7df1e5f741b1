"""What is forbidden, only thought of, not in force or without a name is no medicine to take."""

import json
from typing import Any

import pytest
from httpx import AsyncClient

from backend.sandbox.demo.story_bundles import Resource
from tests.conftest import Database
from tests.harness.auth.steps import Tokens
from tests.harness.intake.hospital import Hospital
from tests.harness.records.prescribing import (
    a_medicine,
    doses,
    medicines,
    prescribes,
    schedule,
    today,
)

NOT_TO_TAKE: dict[str, tuple[Resource, str]] = {
    "forbidden": ({"doNotPerform": True}, "KHÔNG dùng thuốc này"),
    "a proposal": ({"intent": "proposal"}, "Mới chỉ là đề xuất, chưa phải chỉ định"),
    "a plan": ({"intent": "plan"}, "Mới chỉ là đề xuất, chưa phải chỉ định"),
    "an option": ({"intent": "option"}, "Mới chỉ là đề xuất, chưa phải chỉ định"),
    "a forbidden plan": ({"intent": "plan", "doNotPerform": True}, "KHÔNG dùng thuốc này"),
}
NOT_IN_FORCE = ("draft", "on-hold", "cancelled", "completed", "stopped", "unknown")
PER_DAY: Resource = {"period": 1, "periodUnit": "d"}
ORDERS = ("order", "original-order", "reflex-order", "filler-order", "instance-order")


async def summary(client: AsyncClient, who: Tokens) -> str:
    answer = await client.get("/v1/patients/me/summary", headers=who.bearer)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("why", NOT_TO_TAKE)
async def test_what_is_no_order_is_said_to_be_none_and_is_not_taken(
    client: AsyncClient, hospital: Hospital, lan: Tokens, why: str
) -> None:
    more, caution = NOT_TO_TAKE[why]
    no_hours = a_medicine("Digoxin", {"when": ["IMD"]}, **more)

    await prescribes(hospital, a_medicine("Warfarin", **more), no_hours, a_medicine("Amlodipin"))

    day, found = await schedule(client, lan, today()), await medicines(client, lan)
    assert {each["medicine"] for each in day["items"]} == {"Amlodipin"}
    assert day["asWritten"] == []
    for name in ("Warfarin", "Digoxin"):
        assert found[name]["caution"]["vi"] == caution
        assert found[name]["dosage"].startswith(f"{caution}: ")
        assert found[name]["scheduled"] is False
    assert found["Warfarin"]["doNotPerform"] is ("doNotPerform" in more)
    assert found["Warfarin"]["intent"] == more.get("intent", "order")
    assert found["Amlodipin"]["caution"] is None
    read = await summary(client, lan)
    assert ("Amlodipin" in read, "Warfarin" in read, "Digoxin" in read) == (True, False, False)


@pytest.mark.parametrize("status", NOT_IN_FORCE)
async def test_what_is_not_in_force_has_no_dose_and_says_why(
    client: AsyncClient, hospital: Hospital, lan: Tokens, status: str
) -> None:
    await prescribes(hospital, a_medicine("Warfarin", status=status))

    day, found = await schedule(client, lan, today()), await medicines(client, lan)
    assert (day["items"], day["asWritten"]) == ([], [])
    assert found["Warfarin"]["status"] == status
    assert found["Warfarin"]["caution"]["vi"]
    assert found["Warfarin"]["caution"]["en"]


@pytest.mark.parametrize("intent", ORDERS)
async def test_every_other_intent_is_an_order(
    client: AsyncClient, hospital: Hospital, lan: Tokens, intent: str
) -> None:
    await prescribes(hospital, a_medicine("Warfarin", intent=intent))

    assert len(await doses(client, lan, today())) == 2
    assert (await medicines(client, lan))["Warfarin"]["caution"] is None


async def test_an_order_that_becomes_forbidden_ends_its_doses(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await prescribes(hospital, a_medicine("Warfarin"))
    before = await doses(client, lan, today())

    await prescribes(hospital, a_medicine("Warfarin", doNotPerform=True))

    after = await schedule(client, lan, today())
    later = [each for each in after["items"] if each["date"] > today().isoformat()]
    assert len(before) == 2
    assert (later, after["asWritten"]) == ([], [])


async def test_a_proposal_does_not_end_the_order_that_it_would_replace(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    prior = {"reference": "MedicationRequest/Old"}
    new = a_medicine("New", intent="proposal", priorPrescription=prior)

    await prescribes(hospital, a_medicine("Old"), new)

    assert {each["medicine"] for each in await doses(client, lan, today())} == {"Old"}
    assert (await medicines(client, lan))["Old"]["replacedBy"] is None


@pytest.mark.parametrize("repeat", [None, {"when": ["IMD"]}], ids=["with hours", "without"])
async def test_a_medicine_without_a_name_alarms_nobody_and_shows_its_dosage(
    client: AsyncClient, hospital: Hospital, lan: Tokens, repeat: Any
) -> None:
    nameless = a_medicine("rx1", repeat)
    del nameless["medicationCodeableConcept"]
    nameless["medicationReference"] = {"reference": "Medication/khong-bao-gio-den"}

    await prescribes(hospital, nameless)

    day = await schedule(client, lan, today())
    assert day["items"] == []
    (written,) = day["asWritten"]
    assert written["medicine"] == ""
    assert written["dosage"].startswith("Uống theo đơn")


@pytest.mark.parametrize("text", ["Mỗi lần 2 viên", "Ngày 3 lần", "Chỉ uống buổi trưa"])
async def test_where_text_and_codes_disagree_nobody_is_reminded(
    client: AsyncClient, hospital: Hospital, lan: Tokens, text: str
) -> None:
    request = a_medicine("Warfarin", {"when": ["MORN", "EVE"], "frequency": 2} | PER_DAY)
    request["dosageInstruction"][0]["text"] = text

    await prescribes(hospital, request)

    day = await schedule(client, lan, today())
    assert day["items"] == []
    assert [each["dosage"].split("\n")[0] for each in day["asWritten"]] == [text]


async def test_a_name_that_comes_later_brings_the_doses(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    nameless = a_medicine("rx1")
    del nameless["medicationCodeableConcept"]
    nameless["medicationReference"] = {"reference": "Medication/m1"}
    await prescribes(hospital, nameless)
    before = await doses(client, lan, today())

    drug = {"resourceType": "Medication", "id": "m1", "code": {"text": "Enalapril 5 mg"}}
    await prescribes(hospital, drug)

    assert before == []
    assert [each["medicine"] for each in await doses(client, lan, today())] == [
        "Enalapril 5 mg",
        "Enalapril 5 mg",
    ]


async def test_a_row_from_before_is_an_order_and_stays_one(
    database: Database, client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await prescribes(hospital, a_medicine("Warfarin"))
    body = json.loads(await database.owner.fetchval("SELECT body FROM medicine"))
    for field in ("intent", "doNotPerform", "caution", "dosageInWords", "prescriptionCode"):
        del body[field]
    await database.owner.execute("UPDATE medicine SET body = $1", json.dumps(body))

    assert len(await doses(client, lan, today())) == 2
    assert "Warfarin" in await summary(client, lan)
