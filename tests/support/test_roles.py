from uuid import UUID

import pytest
from httpx import AsyncClient
from litestar import Litestar
from litestar.routes import HTTPRoute

from backend.notifications.rules import Status
from backend.support.guards import signed_in_staff
from backend.support.rules import Action, Role
from backend.support.support_api import SupportDesk
from tests.conftest import Database
from tests.support.makers import (
    LAN_ID,
    WHY,
    a_delivery,
    a_desk,
    a_facility,
    a_notification,
    an_agent,
    contact_of,
    lan,
)

NOWHERE = UUID(int=7)
ROUTES: dict[Action, list[tuple[str, str, dict[str, str]]]] = {
    Action.SEARCH: [
        ("POST", "/patients/search", {"citizenId": LAN_ID, "reason": WHY}),
        ("POST", "/messages/search", {"reference": "ABCDE", "reason": WHY}),
    ],
    Action.READ_MESSAGES: [("GET", f"/patients/{NOWHERE}/messages", {})],
    Action.RESEND: [("POST", f"/deliveries/{NOWHERE}/resend", {"reason": WHY})],
    Action.MARK_NUMBER: [
        ("POST", f"/patients/{NOWHERE}/contacts/{NOWHERE}/wrong", {"reason": WHY}),
        ("DELETE", f"/patients/{NOWHERE}/contacts/{NOWHERE}/wrong", {}),
    ],
    Action.CONFIRM_NUMBER: [
        (
            "POST",
            f"/patients/{NOWHERE}/contacts/{NOWHERE}/confirm",
            {"proof": "card", "reason": WHY},
        ),
        ("POST", f"/patients/{NOWHERE}/contacts/{NOWHERE}/decline", {"reason": WHY}),
        ("DELETE", f"/patients/{NOWHERE}/contacts/{NOWHERE}/decision", {}),
    ],
    Action.SIGN_OUT: [("POST", "/sign-out", {})],
}
HELPS = {Role.AGENT: True, Role.SUPERVISOR: True, Role.FACILITY_ADMIN: True,
         Role.AUDITOR: False, Role.OPERATOR: False}  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
async def test_every_role_may_do_what_the_table_says_and_no_more(
    client: AsyncClient, database: Database, role: Role
) -> None:
    facility = await a_facility(database)
    desk = await a_desk(client, await an_agent(role=role, facility=facility))

    for action, routes in ROUTES.items():
        for method, path, body in routes:
            answer = await desk.asks(method, path, **body)

            refused = answer.status_code == 403 and answer.json()["code"] == "not_allowed"
            assert refused is not (HELPS[role] or action is Action.SIGN_OUT), (action, answer.text)


async def test_what_a_role_may_not_do_is_written_down(
    client: AsyncClient, database: Database
) -> None:
    desk = await a_desk(client, await an_agent(role="operator"))

    await desk.finds_lan()

    row = await database.owner.fetchrow(
        "SELECT what, result FROM audit_event WHERE actor_kind = 'staff' ORDER BY id DESC LIMIT 1"
    )
    assert tuple(row) == ("support.search", "not_allowed")


def test_every_route_of_support_stands_behind_the_guard_and_names_its_action() -> None:
    routes = [
        each
        for each in Litestar([SupportDesk], openapi_config=None).routes
        if isinstance(each, HTTPRoute)
    ]
    handlers = [
        handler
        for route in routes
        for handler in route.route_handlers
        if "OPTIONS" not in handler.http_methods
    ]

    assert sum(map(len, ROUTES.values())) == len(handlers)
    for handler in handlers:
        assert signed_in_staff in handler.resolve_guards()
        assert isinstance(handler.opt["action"], Action)


@pytest.mark.parametrize("token", ["", "Bearer ", "Bearer nonsense", "Basic abc", "nonsense"])
async def test_nobody_comes_in_without_a_session(client: AsyncClient, token: str) -> None:
    for routes in ROUTES.values():
        for method, path, body in routes:
            answer = await client.request(
                method, f"/support/v1{path}", json=body or None, headers={"Authorization": token}
            )

            assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


async def test_staff_of_one_hospital_do_not_meet_the_patients_of_another(
    client: AsyncClient, database: Database
) -> None:
    theirs, ours = await a_facility(database), await a_facility(database, "79002")
    patient = await lan(database, theirs)
    contact = await contact_of(patient)
    delivery = await a_delivery(
        database, await a_notification(database, patient, theirs), Status.REFUSED, contact=contact
    )
    reference = await database.owner.fetchval("SELECT reference FROM delivery")
    desk = await a_desk(client, await an_agent(facility=ours))

    answers = [
        await desk.finds_lan(),
        await desk.asks("POST", "/messages/search", reference=reference, reason=WHY),
        await desk.asks("GET", f"/patients/{patient}/messages"),
        await desk.resends(delivery),
        await desk.asks("POST", f"/patients/{patient}/contacts/{contact}/wrong", reason=WHY),
    ]

    assert [each.status_code for each in answers] == [200, 200, 403, 404, 404]
    assert answers[0].json()["items"] == answers[1].json()["items"] == []
    assert await database.owner.fetchval("SELECT count(*) FROM delivery") == 1


async def test_staff_of_a_hospital_see_only_what_their_hospital_told(
    client: AsyncClient, database: Database
) -> None:
    theirs, ours = await a_facility(database), await a_facility(database, "79002")
    patient = await lan(database, ours)
    for facility in (theirs, ours):
        await a_notification(database, patient, facility)
    desk = await a_desk(client, await an_agent(facility=ours))

    await desk.finds_lan()
    answer = await desk.asks("GET", f"/patients/{patient}/messages")

    assert [each["facility"] for each in answer.json()["items"]] == ["BV 79002"]
