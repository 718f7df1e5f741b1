"""What is sealed of messages, files and reasons moves to a new key, and is read as before."""

from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from httpx import AsyncClient

from backend.core.audit_chain.sealer import seal_chain
from backend.core.audit_chain.verifier import verify_chain
from backend.core.crypto.key_ring import load_ring
from backend.core.crypto.keys import current_key
from backend.core.crypto.sealing import seal_mark
from backend.key_rotation.backfill import back_fill
from backend.key_rotation.ring_changes import rotate
from backend.key_rotation.sealed_columns import SEALED_COLUMNS
from backend.sandbox.demo.story_bundles import LAN, registration, visit
from tests.conftest import Database
from tests.harness.auth.steps import Tokens, sign_in
from tests.harness.intake.documents import content, letter, listed
from tests.harness.intake.files import a_large_pdf, attached
from tests.harness.intake.hospital import Hospital, a_hospital, an_hour_ago
from tests.harness.intake.other_kinds import sent
from tests.harness.records.acts import lines
from tests.harness.support.makers import Desk, a_desk
from tests.key_rotation.conftest import Owner

WHY = "gọi hỏi kết quả"
BODY = a_large_pdf(2.5)


class Scene(NamedTuple):
    hospital: Hospital
    lan: Tokens
    desk: Desk


@pytest.fixture
async def scene(client: AsyncClient, database: Database) -> Scene:
    hospital = await a_hospital(database, client)
    await hospital.posts(registration(LAN), Idempotency_Key="first")
    await hospital.posts(visit(LAN, an_hour_ago()), Idempotency_Key="second")
    await hospital.posts(sent(letter(attached(BODY))), Idempotency_Key="third")
    who, desk = await sign_in(client, database, LAN.citizen_id), await a_desk(client)
    answer = await desk.asks("POST", "/patients/search", citizenId=LAN.citizen_id, reason=WHY)
    assert len(answer.json()["items"]) == 1
    return Scene(hospital, who, desk)


async def read(client: AsyncClient, scene: Scene) -> dict[str, Any]:
    """Give what everybody reads of what was sealed."""
    hospital, lan, _ = scene
    notified = await hospital.sends("GET", "/hospital/deliveries", b"")
    again = await hospital.posts(registration(LAN), Idempotency_Key="first")
    sent_ids = [
        (await hospital.sends("GET", f"/hospital/messages/{each.headers['hub-message-id']}", b""))
        .json()["senderId"]
        for each in hospital.answers or [again]
    ]  # fmt: skip
    document = (await listed(client, lan))[0]["id"]
    return {
        "replayed": (again.status_code, again.text),
        "of messages": sent_ids,
        "of notices": [each["senderId"] for each in notified.json()["items"]],
        "file": (await content(client, lan, document)).content == BODY,
        "reasons": {each["why"] for each in await lines(client, lan.bearer)},
        "phone": (await client.get("/v1/me/devices", headers=lan.bearer)).json()["items"][0][
            "name"
        ],
    }


async def test_messages_files_reasons_and_phones_are_read_as_before_under_a_new_key(
    client: AsyncClient, database: Database, as_owner: Owner, scene: Scene
) -> None:
    before = await read(client, scene)
    old = current_key().name
    async with database.as_worker():
        await seal_chain()
    await as_owner(rotate("data", timedelta(0)))

    done = await as_owner(back_fill(lambda _: None))
    await database.owner.execute("UPDATE hub_key SET ends_at = hub_clock() WHERE name = $1", old)
    await load_ring()

    moved = {each.sealed_column: each.moved for each in done if each.moved}
    assert moved.keys() >= {
        "received_event.raw", "received_event.sender_id", "received_event.answer",
        "notification.sender_id", "document_content.body", "device.details", "audit_event.why",
    }  # fmt: skip
    assert moved["document_content.body"] == 3
    assert [each for each in done if each.left] == []
    assert await read(client, scene) == before
    assert before["file"] and WHY in before["reasons"] and before["phone"]  # noqa: PT018  # one scene
    async with database.as_worker():
        assert (await verify_chain()).finding is None
    for place in SEALED_COLUMNS:
        assert await database.owner.fetchval(
            f"SELECT count(*) FROM {place.table} WHERE {place.column} IS NOT NULL"
            f" AND position($1::bytea IN {place.column}) <> 1",
            seal_mark(current_key()),
        ) == 0  # fmt: skip
