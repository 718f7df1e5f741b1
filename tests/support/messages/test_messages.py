from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.notifications.delivery_status import Status
from backend.notifications.kinds import Kind
from tests.conftest import Database
from tests.harness.reasons import opened
from tests.harness.support.makers import (
    LAN_PHONE,
    WHY,
    Desk,
    a_delivery,
    a_desk,
    a_facility,
    a_notification,
    a_phone_with_the_app,
    an_agent,
    contact_of,
    lan,
)
from tests.harness.unguarded import unguarded


async def messages(desk: Desk, patient: UUID, **query: Any) -> Any:
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return (await desk.asks("GET", f"/patients/{patient}/messages?{asked}")).json()


async def test_staff_see_what_became_of_each_message_and_how_long_it_took(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    contact, device = await contact_of(patient), await a_phone_with_the_app(database, patient)
    notification = await a_notification(database, patient, facility)
    await a_delivery(database, notification, Status.READ, device=device)
    text = await a_delivery(
        database, notification, Status.DELIVERED, contact=contact,
        sent=timedelta(seconds=2), delivered=timedelta(seconds=3.5),
    )  # fmt: skip
    desk = await a_desk(client)

    await desk.finds_lan()
    (message,) = (await messages(desk, patient))["items"]

    assert message["kind"] == "result.ready"
    assert message["inWords"]["vi"] == "Có kết quả mới"
    pushed, texted = message["deliveries"]
    assert (pushed["channel"], pushed["address"], pushed["status"]) == (
        "push", "android Pixel 8", "read",
    )  # fmt: skip
    assert texted["delivery"] == str(text)
    assert texted["address"] == "+8491*****78"
    assert texted["inWords"]["en"].startswith("Handed to the network at ")
    assert (texted["secondsToSent"], texted["secondsToDelivered"]) == (2.0, 3.5)
    assert len(texted["reference"]) == 5


async def test_the_timeline_tells_attempts_and_receipts_in_their_order(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    notification = await a_notification(database, patient, facility)
    delivery = await a_delivery(
        database, notification, Status.REFUSED, contact=await contact_of(patient), reason="30003"
    )
    await database.owner.execute(
        "INSERT INTO attempt (delivery, worker, claimed_at, answered_at, outcome) VALUES"
        " ($1, 'w', hub_clock() - interval '2 s', hub_clock() - interval '1 s', 'accepted')",
        delivery,
    )
    await database.owner.execute(
        "INSERT INTO delivery_event (delivery, at, status, source, code) VALUES"
        " ($1, hub_clock() - interval '3 s', 'planned', 'planning', ''),"
        " ($1, hub_clock(), 'undelivered', 'receipt', '30003')",
        delivery,
    )
    desk = await a_desk(client)

    await desk.finds_lan()
    ((told,),) = [each["deliveries"] for each in (await messages(desk, patient))["items"]]

    assert [(step["source"], step["what"]) for step in told["timeline"]] == [
        ("planning", "planned"), ("attempt", "accepted"), ("receipt", "undelivered"),
    ]  # fmt: skip
    assert told["timeline"][2]["inWords"]["en"] == (
        "the provider's receipt: reported as not delivered (The phone is off or has no network.)"
    )
    assert told["reasonInWords"]["vi"] == "Máy tắt hoặc ngoài vùng phủ sóng."


@pytest.mark.parametrize("status", list(Status))
async def test_every_status_can_be_shown(
    client: AsyncClient, database: Database, status: Status
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    notification = await a_notification(database, patient, facility)
    await a_delivery(database, notification, status, contact=await contact_of(patient))
    desk = await a_desk(client)

    await desk.finds_lan()
    (message,) = (await messages(desk, patient))["items"]

    assert [each["status"] for each in message["deliveries"]] == [status]


async def test_nobody_reads_on_who_has_not_searched_first(
    client: AsyncClient, database: Database
) -> None:
    patient = await lan(database, await a_facility(database))
    hoa, tam = await a_desk(client), await a_desk(client, await an_agent("tam"))
    await tam.finds_lan()

    never = await hoa.asks("GET", f"/patients/{patient}/messages")
    lately = await tam.asks("GET", f"/patients/{patient}/messages")
    async with unguarded(database.owner):
        await database.owner.execute(
            "UPDATE audit_event SET at = at - interval '15 min' WHERE action = 'support.case'"
        )
    too_long_ago = await tam.asks("GET", f"/patients/{patient}/messages")

    assert [each.status_code for each in (never, lately, too_long_ago)] == [403, 200, 403]
    assert never.json()["code"] == "search_first"
    rows = await database.owner.fetch(
        "SELECT patient, why, why_digest, result FROM audit_event"
        " WHERE action = 'support.messages' ORDER BY at"
    )
    assert [opened(row) for row in rows] == [
        (patient, "", "search_first"), (patient, WHY, "done"), (patient, "", "search_first"),
    ]  # fmt: skip


async def test_messages_come_newest_first_a_page_at_a_time(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    told = [str(await a_notification(database, patient, facility)) for _ in range(5)]
    desk = await a_desk(client)
    await desk.finds_lan()

    seen: list[str] = []
    page = await messages(desk, patient, limit=2)
    seen += [each["notification"] for each in page["items"]]
    while page["nextCursor"]:
        page = await messages(desk, patient, limit=2, cursor=page["nextCursor"])
        seen += [each["notification"] for each in page["items"]]

    assert seen == told[::-1]


async def test_a_message_is_found_by_the_reference_it_ends_in(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    notification = await a_notification(database, patient, facility, kind=Kind.QUEUE_CALLED)
    await a_delivery(database, notification, Status.SENT, contact=await contact_of(patient))
    reference = str(await database.owner.fetchval("SELECT reference FROM delivery"))
    desk = await a_desk(client)

    spelled = " ".join(reference.lower())
    answer = await desk.asks("POST", "/messages/search", reference=spelled, reason=WHY)
    (found,) = answer.json()["items"]

    assert found["patient"]["name"] == "T. T. Lan"
    assert found["message"]["notification"] == str(notification)
    assert found["message"]["deliveries"][0]["reference"] == reference
    assert LAN_PHONE not in answer.text
    assert (await desk.asks("GET", f"/patients/{patient}/messages")).status_code == 200
    nobody = await desk.asks("POST", "/messages/search", reference="22222", reason=WHY)
    assert nobody.json() == {"items": []}
