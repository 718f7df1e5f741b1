from pathlib import Path
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.notifications.delivery_status import Status
from backend.support.rules import Action, Role, may
from backend.support.staff.guards import signed_in_staff
from backend.support.staff.staff import UnknownRole
from tests.conftest import Database
from tests.harness.routes import api_to_read, list_routes
from tests.harness.support.makers import (
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
    Action.RESEND: [("POST", f"/notices/{NOWHERE}/resend", {"reason": WHY})],
    Action.MARK_NUMBER: [
        ("POST", f"/patients/{NOWHERE}/contacts/{NOWHERE}/wrong", {"reason": WHY}),
        ("DELETE", f"/patients/{NOWHERE}/contacts/{NOWHERE}/wrong", {}),
    ],
    Action.READ_CARD: [("POST", "/cards", {"text": "a card"})],
    Action.MAKE_SLIP: [
        ("POST", f"/patients/{NOWHERE}/slips", {"proof": "card"}),
        ("POST", f"/patients/{NOWHERE}/slips/page", {"proof": "card"}),
    ],
    Action.READ_SLIPS: [("GET", f"/patients/{NOWHERE}/slips", {})],
    Action.REVOKE_SLIPS: [("DELETE", f"/patients/{NOWHERE}/slips", {})],
    Action.READ_TASKS: [("GET", "/tasks", {})],
    Action.SETTLE_TASK: [
        ("POST", f"/tasks/{NOWHERE}/done", {"outcome": "settled", "reason": WHY}),
    ],
    Action.READ_AUDIT: [("POST", "/audit/search", {"citizenId": LAN_ID, "reason": WHY})],
    Action.CAREGIVERS: [
        ("GET", f"/patients/{NOWHERE}/caregivers", {}),
        (
            "POST",
            f"/patients/{NOWHERE}/caregivers",
            {
                "caregiver": str(NOWHERE),
                "kind": "parent",
                "scope": "full",
                "evidence": "birth_certificate",
            },
        ),
        ("DELETE", f"/patients/{NOWHERE}/caregivers/{NOWHERE}", {}),
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
    Action.CITIZEN_ID: [
        (
            "POST",
            f"/patients/{NOWHERE}/citizen-id/{done}",
            {"citizenId": LAN_ID, "proof": "card", "reason": WHY},
        )
        for done in ("cancel", "issue")
    ],
    Action.NEW_NUMBER: [
        (
            "POST",
            f"/patients/{NOWHERE}/numbers",
            {"phone": "0912345678", "proof": "card", "reason": WHY},
        ),
        (
            "POST",
            f"/patients/{NOWHERE}/contacts/{NOWHERE}/code",
            {"challengeId": str(NOWHERE), "code": "000000"},
        ),
    ],
    Action.CONFIRM_SLIP: [
        (
            "POST",
            f"/patients/{NOWHERE}/slips/{NOWHERE}/confirm",
            {"proof": "card", "reason": WHY},
        )
    ],
    Action.DEATH: [("POST", f"/patients/{NOWHERE}/death/undo", {"proof": "card", "reason": WHY})],
    Action.CONFIRM_HELD: [
        ("POST", f"/patients/{NOWHERE}/held/confirm", {"proof": "card", "reason": WHY})
    ],
    Action.REVIEW_MERGES: [
        ("GET", f"/patients/{NOWHERE}/merges", {}),
        ("POST", f"/patients/{NOWHERE}/merges/undo", {"proof": "card", "reason": WHY}),
    ],
    Action.READ_QUARANTINE: [
        ("GET", "/quarantine", {}),
        ("POST", f"/quarantine/{NOWHERE}/versions", {"reason": WHY}),
    ],
    Action.DECIDE_QUARANTINE: [
        ("POST", f"/quarantine/{NOWHERE}/let-in", {"proof": "card", "reason": WHY}),
        ("POST", f"/quarantine/{NOWHERE}/refuse", {"why": "other_person", "reason": WHY}),
    ],
    Action.LOST_PHONE: [
        ("POST", f"/patients/{NOWHERE}/lost-phone", {"proof": "card", "reason": WHY})
    ],
    Action.LIFT_LOST_PHONE: [
        ("POST", "/lost-phones/search", {"citizenId": LAN_ID, "reason": WHY}),
        ("POST", f"/patients/{NOWHERE}/lost-phone/lift", {"reason": WHY}),
    ],
    Action.SIGN_OUT: [("POST", "/sign-out", {})],
}
PAGE = (Path(__file__).parents[2] / "docs" / "staff_roles.md").read_text("utf-8")


def cells() -> dict[tuple[str, str], bool]:
    """Read the table of docs/staff_roles.md: (role, action) -> may."""
    head, _, *rows = [
        [cell.strip(" `") for cell in line.strip("|").split("|")]
        for line in PAGE.splitlines()
        if line.startswith("|")
    ]
    return {
        (role, row[0]): {"yes": True, "no": False}[cell]
        for row in rows
        for role, cell in zip(head[1:], row[1:], strict=True)
    }


def test_the_table_in_the_docs_is_the_table_in_the_code() -> None:
    assert cells() == {(role, action): may(role, action) for role in Role for action in Action}


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
            assert refused is not cells()[role, action], (action, answer.text)


@pytest.mark.parametrize("spelling", ["Agent", "AGENT", "agent ", "agents", "root", "", "ágent"])
async def test_a_role_that_is_spelt_otherwise_is_nobodys(
    client: AsyncClient, database: Database, spelling: str
) -> None:
    desk = await a_desk(client)

    await database.owner.execute("UPDATE staff SET role = $1", spelling)

    for routes in ROUTES.values():
        for method, path, body in routes:
            assert (await desk.asks(method, path, **body)).status_code == 401
    with pytest.raises(UnknownRole):
        await an_agent("tu", role=spelling)


async def test_what_a_role_may_not_do_is_written_down(
    client: AsyncClient, database: Database
) -> None:
    desk = await a_desk(client, await an_agent(role="operator"))

    await desk.finds_lan()

    row = await database.owner.fetchrow(
        "SELECT action, result FROM audit_event WHERE actor_kind = 'staff' ORDER BY id DESC LIMIT 1"
    )
    assert tuple(row) == ("support.search", "not_allowed")


def test_every_route_of_support_stands_behind_the_guard_and_names_its_action() -> None:
    handlers = [
        handler
        for _, path, handler in list_routes(api_to_read())
        if path.startswith("/support/v1/") and path != "/support/v1/sign-in"
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
    notification = await a_notification(database, patient, theirs)
    await a_delivery(database, notification, Status.REFUSED, contact=contact)
    reference = await database.owner.fetchval("SELECT reference FROM delivery")
    desk = await a_desk(client, await an_agent(facility=ours))

    answers = [
        await desk.finds_lan(),
        await desk.asks("POST", "/messages/search", reference=reference, reason=WHY),
        await desk.asks("GET", f"/patients/{patient}/messages"),
        await desk.resends(notification),
        await desk.asks("POST", f"/patients/{patient}/contacts/{contact}/wrong", reason=WHY),
    ]

    assert [each.status_code for each in answers] == [200, 200, 403, 403, 404]
    assert answers[0].json()["items"] == answers[1].json()["items"] == []
    assert await database.owner.fetchval("SELECT count(*) FROM delivery") == 1


async def test_staff_of_a_hospital_see_only_what_their_hospital_told(
    client: AsyncClient, database: Database
) -> None:
    theirs, ours = await a_facility(database), await a_facility(database, "79002")
    patient = await lan(database, ours)
    notices = [await a_notification(database, patient, each) for each in (theirs, ours)]
    desk = await a_desk(client, await an_agent(facility=ours))

    await desk.finds_lan()
    answer = await desk.asks("GET", f"/patients/{patient}/messages")

    assert [each["notification"] for each in answer.json()["items"]] == [str(notices[1])]
