"""Whoever steals a dump learns from it nobody's name, number or file, nor why staff looked."""

import copy
import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any, Final

import asyncpg
import pytest
from httpx import AsyncClient

from backend.core.redis import redis
from backend.sandbox.demo.story_bundles import HOSPITAL_NUMBERS, StoryPerson, registration, visit
from backend.support.patients.cases import OPENED
from tests.conftest import Database
from tests.harness.auth.steps import (
    NOBODYS_PHONE,
    Tokens,
    ask,
    code_arrives,
    other_than,
    show,
    tokens_of,
)
from tests.harness.intake.files import PLAIN_PDF, a_pdf, an_object
from tests.harness.intake.hospital import Hospital, a_hospital, an_hour_ago
from tests.harness.records.acts import lines
from tests.harness.records.everything import EVERYTHING
from tests.harness.stolen_dump import found_in, found_in_redis, spellings
from tests.harness.support.makers import a_desk, an_agent

XOAI: Final = StoryPerson(
    "Trần Xoài Quỳnh Đào", "BN-079153707707", "079153707707", "1953-05-02", "female", "0917077077"
)
AUNT: Final = "Bùi Mận Khuê"
PAPER: Final = "Giấy mật của nhà Xoài"
BECAUSE: Final = "Bà Sung hỏi thay, gọi từ 0938800800"
NEEDLES: Final = {
    "citizen id": XOAI.citizen_id, "phone": XOAI.mobile[1:], "name": XOAI.name,
    "first names": "Xoài Quỳnh", "relative": AUNT, "file": PAPER, "reason": "Bà Sung hỏi",
    "phone in a reason": "938800800", "an unknown citizen id": "079153808808",
    "phone's own name": "Máy của Sung",
}  # fmt: skip
"""No content of a record: that stands in `body`, where PostgreSQL makes pages of it."""
HERS: Final = {"reference": f"Patient?identifier={HOSPITAL_NUMBERS}|{XOAI.hospital_number}"}
CALLED: Final = {"display": XOAI.name, "identifier": {"value": XOAI.citizen_id}}
"""What senders write beside a reference to a patient."""


def named(resource: dict[str, Any], n: int) -> dict[str, Any]:
    """Put her name and numbers wherever FHIR has a place for them that is no clinical content."""
    told = copy.deepcopy(resource)
    for node in _nodes(told):
        for field, value in list(node.items()):
            if isinstance(value, dict) and value.get("identifier", {}).get("value") == "BN0771":
                node[field] = HERS | CALLED
    told["id"] = f"{XOAI.citizen_id}-{n}"
    number = {"system": f"urn:his:{XOAI.mobile}", "value": f"{XOAI.citizen_id}-{n}"}
    told["identifier"] = number if told["resourceType"] == "QuestionnaireResponse" else [number]
    told["contained"] = [
        {"resourceType": "RelatedPerson", "id": "aunt", "name": [{"text": AUNT}],
         "patient": HERS | CALLED}
    ]  # fmt: skip
    html = f'<div xmlns="http://www.w3.org/1999/xhtml">{XOAI.name}</div>'
    told["text"] = {"status": "generated", "div": html}
    told["extension"] = [{"url": "urn:x:of", "valueString": f"{XOAI.name} {XOAI.mobile}"}]
    told["meta"] = {"source": f"urn:his:{XOAI.citizen_id}",
                    "tag": [{"system": "urn:t", "code": "x", "display": XOAI.name}]}  # fmt: skip
    if told["resourceType"] in {"Observation", "DiagnosticReport"}:
        told["performer"] = [HERS | CALLED, {"reference": "#aunt", "display": AUNT}]
    if told["resourceType"] in {"Condition", "AllergyIntolerance"}:
        told["asserter"] = {"reference": "#aunt", "display": AUNT}
    return told


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in list(node.values()):
            yield from _nodes(value)
    elif isinstance(node, list):
        for each in node:
            yield from _nodes(each)


WORDS: Final = f"{PAPER}\n{XOAI.name}\nCCCD: {XOAI.citizen_id}\nĐT: {XOAI.mobile}".encode()
LARGE: Final = a_pdf(an_object(b"<<>>"), tail=b"%" + WORDS * 12_000 + b"\n%%EOF\n")
"""More than one piece."""


def files(*more: bytes) -> list[dict[str, Any]]:
    """Papers in every form, among them one that no patient sees."""
    for_all = (
        (WORDS, "text/plain"), (WORDS.decode().encode("utf-16"), "text/plain"),
        (b64encode(WORDS), "text/plain"), *((each, "application/pdf") for each in more),
        (PLAIN_PDF + WORDS, "application/pdf"), (b"<html>" + WORDS + b"</html>", "text/html"),
    )  # fmt: skip
    return [
        {"attachment": {"contentType": kind, "data": b64encode(body).decode()}}
        for body, kind in for_all
    ]


async def everything_is_sent(hospital: Hospital) -> None:
    person = registration(XOAI)
    patient = person["entry"][0]["resource"]
    patient["contact"] = [
        {"name": {"text": AUNT}, "telecom": [{"system": "phone", "value": XOAI.mobile}]}
    ]
    patient["id"] = f"p-{XOAI.citizen_id}"
    await _taken(hospital, person, f"{XOAI.citizen_id}-registration")
    await _taken(hospital, visit(XOAI, an_hour_ago()), XOAI.mobile)
    for n, resource in enumerate(each for kind in EVERYTHING.values() for each in kind.sent):
        told = named(resource, n)
        if told["resourceType"] == "DocumentReference":
            told["content"] = files(*[LARGE] * (resource["id"] == "d1"))
        if told["resourceType"] == "DiagnosticReport":
            told["presentedForm"] = [each["attachment"] for each in files()]
        for reference in ("result", "basedOn", "hasMember", "priorPrescription"):
            told.pop(reference, None)
        bundle = {
            "resourceType": "Bundle",
            "type": ("transaction", "collection", "batch")[n % 3],
            "identifier": {"system": "urn:his", "value": f"{XOAI.mobile}-{n}"},
            "entry": [{"fullUrl": f"urn:his:{XOAI.citizen_id}-{n}", "resource": told,
                       "request": {"method": "PUT",
                                   "url": f"{told['resourceType']}/{told['id']}"}}],
        }  # fmt: skip
        await _taken(hospital, bundle)
        await _taken(hospital, bundle)  # a replay
    await _orders_and_parties(hospital)


async def _taken(hospital: Hospital, bundle: dict[str, Any], key: str = "") -> None:
    answer = await hospital.posts(bundle, **({"Idempotency-Key": key} if key else {}))
    assert answer.status_code == 200, answer.text
    assert '"status":"4' not in answer.text, answer.text


async def _orders_and_parties(hospital: Hospital) -> None:
    cid = XOAI.citizen_id
    order = {"resourceType": "ServiceRequest", "id": f"{cid}-o", "status": "active",
             "intent": "order", "subject": HERS, "code": {"text": "Máu"},
             "requisition": {"system": "urn:his", "value": XOAI.mobile}}  # fmt: skip
    report = {"resourceType": "DiagnosticReport", "id": f"{cid}-r", "status": "partial",
              "subject": HERS, "code": {"text": "Máu"}, "issued": an_hour_ago().isoformat(),
              "basedOn": [{"reference": f"ServiceRequest/{cid}-o"},
                          {"type": "ServiceRequest", "identifier": {"value": cid}}]}  # fmt: skip
    medicine = {"resourceType": "MedicationRequest", "id": f"{cid}-m", "status": "active",
                "intent": "order", "subject": HERS, "medicationCodeableConcept": {"text": "A"},
                "priorPrescription": {"identifier": {"value": XOAI.mobile}}}  # fmt: skip
    doctor = {"resourceType": "Practitioner", "id": f"{cid}-d", "name": [{"text": "BS. Lê"}],
              "identifier": [{"system": "urn:his", "value": XOAI.mobile}]}  # fmt: skip
    for each in (order, report, medicine, doctor):
        answer = await hospital.sends(
            "PUT", f"/fhir/R4/{each['resourceType']}/{each['id']}", _json(each)
        )
        assert answer.status_code in {200, 201}, answer.text
    refused = {"resourceType": "Condition", "id": f"{cid}-none", "subject": {"reference": "X/1"}}
    answer = await hospital.sends("POST", f"/fhir/R4/Condition?of={cid}", _json(refused))
    assert answer.status_code in {400, 422}


def _json(resource: dict[str, Any]) -> bytes:
    return json.dumps(resource, ensure_ascii=False).encode()


async def events_are_sent(hospital: Hospital) -> None:
    cid, soon = XOAI.citizen_id, an_hour_ago().isoformat()
    people = ({"citizenId": cid}, {"hospitalNumber": XOAI.hospital_number})
    said: list[dict[str, Any]] = [
        {"type": "queue.called", "ticket": "A1", "counter": "2"},
        {"type": "result.ready", "orderId": cid}, {"type": "result.ready"},
        {"type": "document.ready", "documentId": XOAI.mobile},
        *({"type": f"appointment.{each}", "appointmentId": XOAI.name, "startsAt": soon}
          for each in ("booked", "moved", "cancelled")),
        {"type": "record.kept_back", "record": {"reference": f"DiagnosticReport/{cid}-r"}},
        {"type": "record.released", "record": {"reference": f"DiagnosticReport/{cid}-r"}},
    ]  # fmt: skip
    for n, each in enumerate(said):
        event = {"eventId": f"{cid}/{XOAI.mobile}/{n}", "patient": people[n % 2], **each}
        for _ in range(2):
            answer = await hospital.says(event)
            assert answer.status_code == 202, answer.text
    stranger = {"eventId": f"{XOAI.name}", "type": "result.ready",
                "patient": {"citizenId": NEEDLES["an unknown citizen id"]}}  # fmt: skip
    assert (await hospital.says(stranger)).status_code == 422


async def an_app_is_used(client: AsyncClient, database: Database) -> Tokens:
    phone = {"platform": "android", "model": XOAI.name[:60], "name": NEEDLES["phone's own name"]}
    agent = {b"User-Agent": f"{XOAI.name} {XOAI.citizen_id}".encode()}
    unknown = NEEDLES["an unknown citizen id"]
    await client.post(
        "/v1/sign-in/codes", json={"citizenId": unknown, "phone": NOBODYS_PHONE}, headers=agent
    )
    challenge = await ask(client, XOAI.citizen_id)
    code = await code_arrives(database, challenge)
    await show(client, challenge, other_than(code))
    signed = await client.post(
        "/v1/sign-in/sessions", headers=agent,
        json={"challengeId": str(challenge), "code": code, "device": phone},
    )  # fmt: skip
    who = tokens_of(signed)
    for method, path, body in (
        ("PUT", "/v1/me/devices/current/push-token", {"token": f"token-{XOAI.citizen_id}"}),
        ("POST", "/v1/me/phones", {"number": "0938 800 800"}),
        ("GET", f"/v1/patients/{XOAI.citizen_id}/results", None),
        ("GET", f"/v1/patients/me/results?of={XOAI.citizen_id}", None),
        ("POST", "/v1/me/cared-for", {"invitationCode": XOAI.citizen_id}),
        ("POST", "/v1/sign-in/activations", {"activationCode": XOAI.mobile, "device": phone}),
    ):
        await client.request(method, path, json=body, headers=who.bearer)
    return who


async def staff_work(hospital: Hospital, database: Database, who: Tokens) -> None:
    client = hospital.client
    desk = await a_desk(client, await an_agent("mai", "supervisor", hospital.facility))
    await client.post("/support/v1/sign-in", json={"name": XOAI.citizen_id, "password": XOAI.name,
                                                    "totp": "000000"})  # fmt: skip
    row = await database.owner.fetchrow(
        "SELECT patient, id AS contact FROM contact_point ORDER BY id LIMIT 1"
    )
    patient, contact = row["patient"], row["contact"]
    for path, body in (
        ("/patients/search", {"citizenId": XOAI.citizen_id}),
        ("/patients/search", {"phone": XOAI.mobile}),
        ("/patients/search", {"citizenId": NEEDLES["an unknown citizen id"]}),
        ("/messages/search", {"reference": XOAI.citizen_id[:5]}),
        ("/cards", {"text": f"{XOAI.citizen_id}||{XOAI.name}|02051953|Nữ|Hà Nội|01012022"}),
        (f"/patients/{patient}/contacts/{contact}/wrong", {}),
        (f"/patients/{patient}/contacts/{contact}/confirm", {"proof": "card"}),
        (f"/patients/{patient}/contacts/{contact}/decline", {}),
        (f"/patients/{patient}/citizen-id/cancel",
         {"citizenId": XOAI.citizen_id, "proof": "card"}),
        (f"/patients/{patient}/citizen-id/issue", {"citizenId": XOAI.citizen_id, "proof": "card"}),
        (f"/tasks/{contact}/done", {"outcome": "nothing_to_do"}),
        ("/audit/search", {"patient": str(patient)}),
    ):  # fmt: skip
        answer = await desk.asks("POST", path, **body, reason=BECAUSE)
        assert answer.status_code != 400, (path, answer.text)
    (line, *_) = [each for each in await lines(client, who.bearer) if each["code"] == OPENED]
    disputed = await client.post(
        f"/v1/patients/me/access-log/{line['id']}/dispute",
        headers=who.bearer, json={"words": f"{XOAI.name} {BECAUSE}"[:200]},
    )  # fmt: skip
    assert disputed.status_code in {200, 201, 204}, disputed.text


@pytest.fixture
async def hospital(client: AsyncClient, database: Database) -> Hospital:
    return await a_hospital(database, client)


async def test_a_stolen_dump_tells_nobodys_name_number_file_or_reason(
    client: AsyncClient, database: Database, hospital: Hospital
) -> None:
    await everything_is_sent(hospital)
    await events_are_sent(hospital)
    who = await an_app_is_used(client, database)
    await staff_work(hospital, database, who)

    assert await found_in(database, NEEDLES) == set()
    assert await found_in_redis(redis(), NEEDLES) == set()
    assert await _there(database) == {
        "received_event": True, "document_content": True, "audit_event": True, "device": True,
        "notification": True, "access_dispute": True, "party": True,
    }  # fmt: skip


async def _there(database: Database) -> dict[str, bool]:
    """See that what could tell something was written at all."""
    of = {"received_event": "sender_id", "document_content": "body", "audit_event": "why",
          "device": "details", "notification": "sender_id", "access_dispute": "words",
          "party": "key"}  # fmt: skip
    return {
        table: await database.owner.fetchval(
            f"SELECT EXISTS (SELECT FROM {table} WHERE {column} IS NOT NULL)"
        )
        for table, column in of.items()
    }


@pytest.mark.parametrize("said", [
    XOAI.name.encode(), XOAI.name.upper().encode(), b"TRAN XOAI QUYNH DAO", b"tran-xoai-quynh-dao",
    XOAI.name.encode("utf-16-le"), XOAI.name.encode().hex().encode(),
    b64encode(b"x" + XOAI.name.encode() + b"yz"), b64encode(b"xyz" + XOAI.name.encode()),
])  # fmt: skip
async def test_the_look_through_a_dump_sees_a_name_in_every_spelling(
    database: Database, said: bytes
) -> None:
    await _plant(database.owner, said)

    assert await found_in(database, {"name": XOAI.name}) == {"alarm.about: name"}
    assert any(way in said.lower() for way in spellings(XOAI.name))


async def _plant(owner: asyncpg.Connection, said: bytes) -> None:
    await owner.execute("INSERT INTO alarm (kind, about) VALUES ('test', $1)", said)
