"""What staff see of a chart's notices: told or not, by their facility's words and nobody else's."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.notifications.delivery_status import Status
from backend.notifications.kinds import OF_RECORDS, Kind
from backend.notifications.told import IN_WORDS, NotTold
from backend.support.messages.labels import KIND_LABELS
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


def test_every_kind_that_a_facility_causes_has_words_and_no_other() -> None:
    assert set(KIND_LABELS) == OF_RECORDS
    assert set(IN_WORDS) == set(NotTold)


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("by_app", [False, True])
async def test_what_became_of_it_on_the_way_or_in_the_app_changes_no_byte(
    client: AsyncClient, database: Database, status: Status, *, by_app: bool
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    device = await a_phone_with_the_app(database, patient) if by_app else None
    contact = None if by_app else await contact_of(patient)
    notification = await a_notification(database, patient, facility, read=by_app)
    desk = await a_desk(client)
    await desk.finds_lan()
    before = (await messages(desk, patient))["items"]

    await a_delivery(database, notification, status, contact=contact, device=device)

    assert (await messages(desk, patient))["items"] == before
    assert [(each["status"], each["reason"]) for each in before] == [("told", None)]
    assert set(before[0]) == {
        "notification", "kind", "inWords", "acceptedAt", "status", "reason", "reasonInWords",
    }  # fmt: skip


@pytest.mark.parametrize("reason", ["first_texts_spent", "prefix_burst", "chart_texts_spent"])
async def test_what_its_own_budget_holds_is_said(
    client: AsyncClient, database: Database, reason: str
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    notification = await a_notification(database, patient, facility)
    await a_delivery(
        database, notification, Status.HELD, contact=await contact_of(patient), reason=reason
    )
    desk = await a_desk(client)
    await desk.finds_lan()

    (notice,) = (await messages(desk, patient))["items"]

    assert (notice["status"], notice["reason"]) == ("not_told", "own_budget")
    assert notice["reasonInWords"]["vi"] == IN_WORDS[NotTold.OWN_BUDGET].vi


async def test_no_code_and_no_security_notice_is_shown(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    for kind in Kind:
        notification = await a_notification(database, patient, facility, kind=kind)
        await database.owner.execute(
            "UPDATE notification SET received_event = NULL"
            " WHERE id = $1 AND kind <> 'result.ready'",
            notification,
        )
    desk = await a_desk(client)
    await desk.finds_lan()

    shown = (await messages(desk, patient))["items"]

    assert [each["kind"] for each in shown] == ["result.ready"]


async def test_nobody_reads_on_who_has_not_searched_first(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    hoa = await a_desk(client)
    tam = await a_desk(client, await an_agent("tam", facility=facility))
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
    await a_delivery(
        database, notification, Status.SENT, contact=await contact_of(patient),
        sent=timedelta(seconds=2),
    )  # fmt: skip
    reference = str(await database.owner.fetchval("SELECT reference FROM delivery"))
    desk = await a_desk(client)

    spelled = " ".join(reference.lower())
    answer = await desk.asks("POST", "/messages/search", reference=spelled, reason=WHY)
    (found,) = answer.json()["items"]

    assert found["patient"]["name"] == "T. T. Lan"
    assert found["message"]["notification"] == str(notification)
    assert LAN_PHONE not in answer.text
    assert (await desk.asks("GET", f"/patients/{patient}/messages")).status_code == 200
    nobody = await desk.asks("POST", "/messages/search", reference="22222", reason=WHY)
    assert nobody.json() == {"items": []}


@pytest.mark.parametrize("whose", ["another facility's", "a security notice's"])
async def test_a_reference_of_what_is_not_its_own_finds_nothing(
    client: AsyncClient, database: Database, whose: str
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    patient = await lan(database, theirs if whose == "another facility's" else ours)
    notification = await a_notification(
        database, patient, theirs if whose == "another facility's" else ours
    )
    await a_delivery(database, notification, Status.SENT, contact=await contact_of(patient))
    if whose == "a security notice's":
        await database.owner.execute("UPDATE notification SET received_event = NULL")
    reference = await database.owner.fetchval("SELECT reference FROM delivery")
    desk = await a_desk(client, await an_agent(facility=ours))

    answer = await desk.asks("POST", "/messages/search", reference=reference, reason=WHY)

    assert answer.json() == {"items": []}
