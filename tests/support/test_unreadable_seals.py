"""One reason, phone or sender's id that does not open hides nothing but itself."""

from collections.abc import AsyncIterator
from typing import NamedTuple
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.sessions.devices import DeviceDetails
from backend.core.crypto.sealing import seal
from backend.core.odd_rows.unreadable import UNREADABLE_NAME, stop_noting
from backend.sandbox.demo.story_bundles import LAN, registration, visit
from tests.conftest import Database
from tests.harness.alarms import alarms
from tests.harness.auth.steps import Tokens, sign_in
from tests.harness.intake.hospital import Hospital, a_hospital, an_hour_ago
from tests.harness.reasons import opened
from tests.harness.records.acts import NOON, an_act, lines
from tests.harness.support.makers import WHY, Desk, a_desk, an_agent
from tests.harness.unguarded import unguarded

ONE, OTHER = "gọi hỏi kết quả", "gọi hỏi lịch hẹn"


class Scene(NamedTuple):
    hospital: Hospital
    lan: Tokens
    desk: Desk
    patient: UUID


@pytest.fixture
async def scene(client: AsyncClient, database: Database) -> AsyncIterator[Scene]:
    hospital = await a_hospital(database, client)
    for bundle in (registration(LAN), visit(LAN, an_hour_ago())):
        assert (await hospital.posts(bundle)).status_code == 200
    tokens = await sign_in(client, database, LAN.citizen_id)
    desk = await a_desk(client, await an_agent("minh", role="auditor"))
    patient = await database.owner.fetchval("SELECT id FROM patient")
    yield Scene(hospital, tokens, desk, patient)
    await stop_noting()


async def spoil(database: Database, table: str, column: str, row: UUID) -> None:
    async with unguarded(database.owner):
        await database.owner.execute(
            f"UPDATE {table} SET {column} = {column} || '\\x00' WHERE id = $1", row
        )


async def told(database: Database) -> list[str]:
    await stop_noting()
    return await alarms(database)


async def test_a_reason_that_does_not_open_leaves_all_lines_to_patient_and_auditor(
    client: AsyncClient, database: Database, scene: Scene
) -> None:
    _, line = [
        await an_act(
            database, scene.patient, NOON, actor_kind="staff", actor=scene.patient,
            action="support.case", why=why,
        )
        for why in (ONE, OTHER)
    ]  # fmt: skip
    await spoil(database, "audit_event", "why", line)

    log = await lines(client, scene.lan.bearer)
    trail = await scene.desk.asks("POST", "/audit/search", patient=str(scene.patient), reason=WHY)

    assert {each["why"] for each in log} == {None, ONE, UNREADABLE_NAME}
    kept = {each["why"] for each in trail.json()["items"] if each["what"] == "support.case"}
    assert kept == {ONE, UNREADABLE_NAME}
    assert await told(database) == ["rows.unreadable"]


async def test_a_case_whose_reason_does_not_open_stays_open(
    client: AsyncClient, database: Database, scene: Scene
) -> None:
    agent = await a_desk(client)
    found = await agent.asks("POST", "/patients/search", citizenId=LAN.citizen_id, reason=WHY)
    assert len(found.json()["items"]) == 1
    case = await database.owner.fetchval("SELECT id FROM audit_event WHERE action = 'support.case'")
    await spoil(database, "audit_event", "why", case)

    answer = await agent.asks("GET", f"/patients/{scene.patient}/messages")

    assert (answer.status_code, len(answer.json()["items"])) == (200, 2)
    read = await database.owner.fetchrow(
        "SELECT why, why_digest FROM audit_event WHERE action = 'support.messages'"
    )
    assert opened(read) == (UNREADABLE_NAME,)
    assert await told(database) == ["rows.unreadable"]


@pytest.mark.parametrize("how", ["changed", "of another version"])
async def test_a_phone_that_does_not_open_is_listed_with_a_dash(
    client: AsyncClient, database: Database, scene: Scene, how: str
) -> None:
    phone = await database.owner.fetchval("SELECT id FROM device")
    said = {
        "changed": DeviceDetails("android", "Pixel 8").sealed(phone) + b"\0",
        "of another version": seal('{"name": 1}', table="device", column="details", row=phone),
    }
    await database.owner.execute("UPDATE device SET details = $1", said[how])

    pages = [
        (await client.get(f"/v1/me/{kind}", headers=scene.lan.bearer)).json()["items"]
        for kind in ("devices", "sessions")
    ]

    assert [(each["model"], each["name"]) for items in pages for each in items] == [
        (UNREADABLE_NAME, UNREADABLE_NAME)
    ] * 2
    own = [each["where"] for each in await lines(client, scene.lan.bearer)]
    assert UNREADABLE_NAME in {each["device"] for each in own if each}
    assert await told(database) == ["rows.unreadable"]


@pytest.mark.parametrize("kept", [b"\0", None])
async def test_a_message_whose_answer_cannot_be_read_is_known_all_the_same(
    database: Database, scene: Scene, kept: bytes | None
) -> None:
    bundle = visit(LAN, an_hour_ago())
    first = await scene.hospital.posts(bundle, Idempotency_Key="one")
    await database.owner.execute(
        "UPDATE received_event SET answer = $2 WHERE id = $1", first.headers["hub-message-id"], kept
    )
    before = await database.owner.fetchval("SELECT count(*) FROM received_event")

    again = await scene.hospital.posts(bundle, Idempotency_Key="one")

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["hub-message-id"] == first.headers["hub-message-id"]
    said = [each["response"]["status"] for each in again.json()["entry"]]
    assert len(said) == len(first.json()["entry"])
    assert set(said) == {"200 OK"}
    assert await database.owner.fetchval("SELECT count(*) FROM received_event") == before
    assert await told(database) == ["rows.unreadable"]


async def test_a_senders_id_that_does_not_open_is_none_and_all_else_is_told(
    database: Database, scene: Scene
) -> None:
    async def told_by(address: str) -> list[tuple[object, object]]:
        answer = await scene.hospital.sends("GET", address, b"")
        assert answer.status_code == 200, answer.text
        said = answer.json()
        return [
            (each["senderId"], each.get("outcome", each.get("kind")))
            for each in said.get("items", [said])
        ]

    notice, message = await database.owner.fetchrow(
        "SELECT id, received_event FROM notification ORDER BY id LIMIT 1"
    )
    before = await told_by("/hospital/deliveries"), await told_by(f"/hospital/messages/{message}")
    await spoil(database, "notification", "sender_id", notice)
    await spoil(database, "received_event", "sender_id", message)

    after = await told_by("/hospital/deliveries"), await told_by(f"/hospital/messages/{message}")

    assert before[0][-1][0] == before[1][0][0] is not None
    assert after == ([*before[0][:-1], (None, before[0][-1][1])], [(None, before[1][0][1])])
    assert await told(database) == ["rows.unreadable"] * 2
