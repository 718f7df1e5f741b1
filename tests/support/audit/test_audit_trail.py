from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.core.audit import Act, write_down
from backend.core.database import new_id
from tests.conftest import Database
from tests.harness.auth.steps import PHONE
from tests.harness.reasons import opened
from tests.harness.support.makers import (
    LAN_ID,
    LAN_PHONE,
    WHY,
    Desk,
    a_chart,
    a_desk,
    a_facility,
    a_session,
    an_agent,
    lan,
    reaches,
)

AN_INQUIRY = "an inquiry of the data protection officer"


async def an_auditor(
    client: AsyncClient, facility: UUID | None = None, name: str = "kiểm toán"
) -> Desk:
    return await a_desk(client, await an_agent(name, role="auditor", facility=facility))


async def somebody_helps_lan(client: AsyncClient, facility: UUID, name: str) -> UUID:
    """Look Lan up, give her a slip, which she uses to sign in and read."""
    desk = await a_desk(client, await an_agent(name, facility=facility))
    found = await desk.finds_lan()
    patient = UUID(found.json()["items"][0]["patient"])
    slip = await desk.asks("POST", f"/patients/{patient}/slips", proof="card")
    tokens = await client.post(
        "/v1/sign-in/activations",
        json={"activationCode": slip.json()["activationCode"], "device": PHONE},
    )
    await client.get(
        "/v1/patients/me/results",
        headers={"Authorization": f"Bearer {tokens.json()['accessToken']}"},
    )
    return patient


async def test_an_auditor_reads_who_did_what_and_why_newest_first(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    await lan(database, facility)
    patient = await somebody_helps_lan(client, facility, "hoa")
    auditor = await an_auditor(client)

    answer = await auditor.asks("POST", "/audit/search", citizenId=LAN_ID, reason=AN_INQUIRY)

    trail = answer.json()
    assert trail["patient"] == str(patient)
    told = [(each["actorKind"], each["staffName"], each["what"]) for each in trail["items"]]
    assert ("staff", "hoa", "support.make_slip") in told
    assert ("patient", None, "sign_in.slip") in told
    assert told[-1] == ("facility", None, "patient.registered")
    assert [each["at"] for each in trail["items"]] == sorted(
        (each["at"] for each in trail["items"]), reverse=True
    )
    [made] = [each for each in trail["items"] if each["what"] == "support.make_slip"]
    assert (made["why"], made["result"]) == (WHY, "done")
    for hidden in (LAN_ID, LAN_PHONE, "Lan"):
        assert hidden not in answer.text
    row = await database.owner.fetchrow(
        "SELECT patient, why, why_digest, result FROM audit_event WHERE action = 'support.audit'"
    )
    assert opened(row) == (patient, AN_INQUIRY, "done")


async def test_a_trail_is_read_a_page_at_a_time(client: AsyncClient, database: Database) -> None:
    facility = await a_facility(database)
    await lan(database, facility)
    patient = await somebody_helps_lan(client, facility, "hoa")
    auditor = await an_auditor(client)
    there = await database.owner.fetchval(
        "SELECT count(*) FROM audit_event WHERE patient = $1", patient
    )

    seen, cursor = [], None
    for _ in range(there):
        page = await auditor.asks(
            "POST", "/audit/search", patient=str(patient), reason=AN_INQUIRY, limit=2,
            **({"cursor": cursor} if cursor else {}),
        )  # fmt: skip
        seen += page.json()["items"]
        cursor = page.json()["nextCursor"]
        if cursor is None:
            break

    assert cursor is None
    assert len(seen) == there


async def test_an_auditor_of_one_hospital_sees_what_was_done_there_and_nothing_else(
    client: AsyncClient, database: Database
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    for facility in (ours, theirs):
        await lan(database, facility)
    await somebody_helps_lan(client, ours, "hoa")
    await somebody_helps_lan(client, theirs, "tu")
    auditor = await an_auditor(client, ours)

    answer = await auditor.asks("POST", "/audit/search", citizenId=LAN_ID, reason=AN_INQUIRY)

    items = answer.json()["items"]
    assert {each["staffName"] for each in items if each["actorKind"] == "staff"} == {"hoa"}
    assert {each["actor"] for each in items if each["actorKind"] == "facility"} == {str(ours)}


async def test_of_what_a_person_read_a_facility_sees_day_proof_and_caregiver_alone(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    session = await a_session(database, patient)
    await reaches(database, session, patient, proof="vneid")
    grant = new_id()
    await database.owner.execute(
        "INSERT INTO caregiver_grant (id, patient, caregiver, scope, begins_at)"
        " VALUES ($1, $2, $3, 'full', hub_clock())",
        grant, patient, await a_chart(database, facility),
    )  # fmt: skip
    for action, subject in (
        ("results", None), ("results", grant), ("sign_in.code", session), ("phone.added", None),
    ):  # fmt: skip
        await write_down(
            Act(actor_kind="patient", actor=session, patient=patient, action=action,
                subject=subject, from_where="192.0.2.7")
        )  # fmt: skip
    auditor, whole = await an_auditor(client, facility), await an_auditor(client, name="hub")

    answer = await auditor.asks("POST", "/audit/search", citizenId=LAN_ID, reason=AN_INQUIRY)
    all_of_it = await whole.asks("POST", "/audit/search", citizenId=LAN_ID, reason=AN_INQUIRY)

    seen = [each for each in answer.json()["items"] if each["actorKind"] == "patient"]
    assert [(each["byProof"], each["byCaregiver"]) for each in seen] == [
        ("grant", True), ("vneid", False),
    ]  # fmt: skip
    assert {each["what"] for each in seen} == {"chart.read"}
    assert {each["at"][10:] for each in seen} == {"T00:00:00+07:00"}
    assert {each["actor"] for each in seen} == {None}
    for hidden in (str(session), str(grant), "192.0.2.7", "sign_in", "phone.added", "results"):
        assert hidden not in answer.text
    told = {each["what"] for each in all_of_it.json()["items"]}
    assert told >= {"results", "sign_in.code", "phone.added"}


async def test_of_a_patient_of_another_hospital_there_is_no_trail(
    client: AsyncClient, database: Database
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    await lan(database, theirs)
    auditor = await an_auditor(client, ours)

    known = await auditor.asks("POST", "/audit/search", citizenId=LAN_ID, reason=AN_INQUIRY)
    unknown = await auditor.asks(
        "POST", "/audit/search", citizenId="001199999999", reason=AN_INQUIRY
    )

    assert known.json() == unknown.json() == {"patient": None, "items": [], "nextCursor": None}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"citizenId": LAN_ID}, 400),
        ({"citizenId": LAN_ID, "reason": "   "}, 400),
        ({"reason": AN_INQUIRY}, 422),
        ({"reason": AN_INQUIRY, "citizenId": LAN_ID, "patient": str(UUID(int=7))}, 422),
        ({"reason": AN_INQUIRY, "citizenId": "12"}, 422),
        ({"reason": AN_INQUIRY, "citizenId": LAN_ID, "limit": 101}, 400),
    ],
)
async def test_a_reason_and_one_patient_are_needed(
    client: AsyncClient, body: dict[str, object], status: int
) -> None:
    auditor = await an_auditor(client)

    answer = await auditor.asks("POST", "/audit/search", **body)

    assert answer.status_code == status


async def test_an_auditor_can_neither_look_patients_up_nor_change_the_trail(
    client: AsyncClient, database: Database
) -> None:
    await lan(database, await a_facility(database))
    auditor = await an_auditor(client)

    assert (await auditor.finds_lan()).status_code == 403
    assert (await auditor.asks("DELETE", "/audit/search")).status_code == 405
