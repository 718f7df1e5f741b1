"""The lines of the matrix for the routes of a desk."""

from typing import Final

from backend.support.rules import Action
from tests.matrix.kinds import Caller, Expected, Route, at_the_chart, but, staff_does

WHY: Final = "asked at the counter"
BECAUSE: Final = {"reason": WHY}
PAPER: Final = {"proof": "card", "reason": WHY}

CARD: Final = "{citizen}||Lê Thị Ai|12031985|Nữ|Hà Nội|01012022"
PROPOSED: Final = {"contact": "proposed"}

DESK: Final[dict[str, Route]] = {
    # staff
    "POST /support/v1/sign-out": staff_does(Action.SIGN_OUT, foreign=Expected.AS_YOURSELF),
    "POST /support/v1/patients/search": staff_does(
        Action.SEARCH, foreign=Expected.AS_YOURSELF, body={"reason": WHY, "citizenId": "{citizen}"}
    ),
    "POST /support/v1/messages/search": staff_does(
        Action.SEARCH,
        foreign=Expected.AS_YOURSELF,
        body={"reason": WHY, "reference": "{reference}"},
    ),
    "GET /support/v1/patients/{patient}/messages": at_the_chart(
        Action.READ_MESSAGES, of_the_hub=Expected.SEARCH_FIRST
    ),
    "POST /support/v1/notices/{notification}/resend": at_the_chart(
        Action.RESEND,
        of_the_hub=Expected.SEARCH_FIRST,
        body=BECAUSE,
        or_else=frozenset({"resent_just_now"}),
    ),
    "POST /support/v1/patients/{patient}/contacts/{contact}/wrong": staff_does(
        Action.MARK_NUMBER, body=BECAUSE
    ),
    "DELETE /support/v1/patients/{patient}/contacts/{contact}/wrong": staff_does(
        Action.MARK_NUMBER, or_else=frozenset({"nothing_to_undo"})
    ),
    "POST /support/v1/patients/{patient}/numbers": at_the_chart(
        Action.NEW_NUMBER, body=PAPER | {"phone": "0904711473"}, or_else=frozenset({"too_often"})
    ),
    "POST /support/v1/patients/{patient}/contacts/{contact}/code": staff_does(
        Action.NEW_NUMBER,
        of_the_hub=Expected.NOT_AT_A_DESK,
        body={"challengeId": "{nobody}", "code": "000000"},
        or_else=frozenset({"wrong_phone_code"}),
    ),
    "POST /support/v1/patients/{patient}/contacts/{contact}/confirm": staff_does(
        Action.CONFIRM_NUMBER,
        of_the_hub=Expected.NOT_AT_A_DESK,
        body=PAPER,
        ids=PROPOSED,
        or_else=frozenset({"too_often"}),
    ),
    "POST /support/v1/patients/{patient}/contacts/{contact}/decline": staff_does(
        Action.CONFIRM_NUMBER, body=BECAUSE, ids=PROPOSED
    ),
    "DELETE /support/v1/patients/{patient}/contacts/{contact}/decision": staff_does(
        Action.CONFIRM_NUMBER, ids=PROPOSED, or_else=frozenset({"nothing_to_undo"})
    ),
    "POST /support/v1/patients/{patient}/citizen-id/cancel": at_the_chart(
        Action.CITIZEN_ID,
        of_the_hub=Expected.SEARCH_FIRST,
        body=PAPER | {"citizenId": "{citizen}"},
        or_else=frozenset({"not_found"}),
    ),
    "POST /support/v1/patients/{patient}/citizen-id/issue": at_the_chart(
        Action.CITIZEN_ID,
        of_the_hub=Expected.SEARCH_FIRST,
        body=PAPER | {"citizenId": "{citizen}"},
        or_else=frozenset({"not_found"}),
    ),
    "POST /support/v1/patients/{patient}/lost-phone": at_the_chart(
        Action.LOST_PHONE, body=PAPER, or_else=frozenset({"lost_already"})
    ),
    "POST /support/v1/patients/{patient}/lost-phone/lift": but(
        staff_does(
            Action.LIFT_LOST_PHONE,
            of_the_hub=Expected.COME_IN,
            body=BECAUSE,
            or_else=frozenset({"not_found"}),
        ),
        {Caller.SUPERVISOR: Expected.NOT_OF_THE_HUB},
    ),
    "POST /support/v1/lost-phones/search": but(
        staff_does(
            Action.LIFT_LOST_PHONE,
            of_the_hub=Expected.COME_IN,
            body=BECAUSE | {"citizenId": "{citizen}"},
        ),
        {Caller.SUPERVISOR: Expected.NOT_OF_THE_HUB},
    ),
    "POST /support/v1/patients/{patient}/death/undo": at_the_chart(
        Action.DEATH, body=PAPER, or_else=frozenset({"not_deceased"})
    ),
    "POST /support/v1/patients/{patient}/held/confirm": at_the_chart(
        Action.CONFIRM_HELD, body=PAPER, or_else=frozenset({"nothing_held"})
    ),
    "GET /support/v1/patients/{patient}/merges": at_the_chart(Action.REVIEW_MERGES),
    "POST /support/v1/patients/{patient}/merges/undo": at_the_chart(
        Action.REVIEW_MERGES, body=PAPER, or_else=frozenset({"not_merged"})
    ),
    "GET /support/v1/quarantine": staff_does(
        Action.READ_QUARANTINE, foreign=Expected.AS_YOURSELF, of_the_hub=Expected.NOT_AT_A_DESK
    ),
    "POST /support/v1/quarantine/{message}/versions": staff_does(
        Action.READ_QUARANTINE,
        of_the_hub=Expected.NOT_AT_A_DESK,
        body=BECAUSE,
        or_else=frozenset({"not_found"}),
    ),
    "POST /support/v1/quarantine/{message}/let-in": staff_does(
        Action.DECIDE_QUARANTINE,
        of_the_hub=Expected.NOT_AT_A_DESK,
        body=PAPER,
        optional=frozenset({"chart", "onePerson"}),
        or_else=frozenset({"not_found"}),
    ),
    "POST /support/v1/quarantine/{message}/refuse": staff_does(
        Action.DECIDE_QUARANTINE,
        of_the_hub=Expected.NOT_AT_A_DESK,
        body=BECAUSE | {"why": "other_person"},
        or_else=frozenset({"not_found"}),
    ),
    "POST /support/v1/cards": staff_does(
        Action.READ_CARD, foreign=Expected.AS_YOURSELF, body={"text": CARD, "reason": WHY}
    ),
    "POST /support/v1/patients/{patient}/slips": at_the_chart(
        Action.MAKE_SLIP, body={"proof": "card"}
    ),
    "POST /support/v1/patients/{patient}/slips/page": at_the_chart(
        Action.MAKE_SLIP, body={"proof": "card"}
    ),
    "POST /support/v1/patients/{patient}/slips/{slip}/confirm": at_the_chart(
        Action.CONFIRM_SLIP, body=PAPER, ids={"slip": "nobody"}, or_else=frozenset({"not_found"})
    ),
    "GET /support/v1/patients/{patient}/slips": at_the_chart(
        Action.READ_SLIPS, of_the_hub=Expected.SEARCH_FIRST
    ),
    "DELETE /support/v1/patients/{patient}/slips": at_the_chart(
        Action.REVOKE_SLIPS, of_the_hub=Expected.SEARCH_FIRST
    ),
    "GET /support/v1/tasks": staff_does(Action.READ_TASKS, foreign=Expected.AS_YOURSELF),
    "POST /support/v1/tasks/{task}/done": staff_does(
        Action.SETTLE_TASK,
        body={"outcome": "nothing_to_do", "reason": WHY},
        or_else=frozenset({"already_settled"}),
    ),
    "POST /support/v1/audit/search": staff_does(
        Action.READ_AUDIT, body={"reason": WHY, "patient": "{patient}"}
    ),
    "GET /support/v1/patients/{patient}/caregivers": at_the_chart(Action.CAREGIVERS),
    "POST /support/v1/patients/{patient}/caregivers": at_the_chart(
        Action.CAREGIVERS,
        body={
            "caregiver": "{other}",
            "kind": "chosen",
            "scope": "summary",
            "evidence": "written_request",
        },
        or_else=frozenset({"cannot_grant", "search_first"}),
    ),
    "DELETE /support/v1/patients/{patient}/caregivers/{grant}": at_the_chart(
        Action.CAREGIVERS, or_else=frozenset({"not_found"})
    ),
}
