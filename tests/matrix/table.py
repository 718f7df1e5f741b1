"""The matrix: one line for each endpoint of the API. An endpoint without a line fails the test."""

from typing import Final

from backend.auth.facilities.rules import KeyScope
from backend.auth.rules import RecordClass
from backend.support.rules import Action
from tests.matrix.doses import DOSES
from tests.matrix.kinds import (
    READ,
    Caller,
    Expected,
    Route,
    at_the_chart,
    but,
    hospital,
    open_to_all,
    patient_own,
    patient_own_thing,
    provider,
    staff_does,
)
from tests.matrix.readings import READINGS
from tests.matrix.sessions import SESSIONS

WHY: Final = "asked at the counter"
PHONE: Final = {"platform": "android", "model": "Pixel", "name": ""}
BECAUSE: Final = {"reason": WHY}
PAPER: Final = {"proof": "card", "reason": WHY}

CARD: Final = "{citizen}||Lê Thị Ai|12031985|Nữ|Hà Nội|01012022"
CARED_FOR: Final = dict.fromkeys((Caller.SUMMARY, Caller.FULL, Caller.REVIEWED), Expected.COME_IN)
"""Who finds the owner among those they care for; an ended grant is not listed."""
PROPOSED: Final = {"contact": "proposed"}
STRANGER: Final = {
    "resourceType": "Patient",
    "identifier": [{"system": "urn:test:number", "value": "BN9"}],
    "name": [{"text": "Lê Văn Chín"}],
}

TABLE: Final[dict[str, Route]] = {
    # open
    "GET /health/live": open_to_all(),
    "GET /health/ready": open_to_all(),
    "GET /openapi.json": open_to_all(),
    "GET /docs": open_to_all(),
    "GET /fhir/R4/metadata": open_to_all(),
    "GET /v1/status": open_to_all(kept={"public, max-age=15"}),
    "POST /v1/sign-in/codes": open_to_all(body={"citizenId": "{citizen}", "phone": "0912345678"}),
    "POST /v1/sign-in/sessions": open_to_all(
        body={"challengeId": "{nobody}", "code": "000000", "device": PHONE}
    ),
    "POST /v1/sign-in/refresh": open_to_all(body={"refreshToken": "nobody.0.made-up"}),
    "GET /v1/sign-in/methods": open_to_all(),
    "POST /v1/sign-in/activations": open_to_all(
        body={"activationCode": "ABCD-EFGH-JKMN-PQRS-TUWX", "device": PHONE}
    ),
    "GET /v1/sign-in/vneid": open_to_all(),
    "POST /v1/sign-in/vneid/callback": open_to_all(
        body={"requestId": "made-up", "state": "made-up", "code": "made-up", "device": PHONE}
    ),
    "POST /v1/printed-summaries/checks": open_to_all(body={"code": "ABCD-EFGH-JKMN-PQRS-TUWX"}),
    "GET /printed": open_to_all(),
    "POST /support/v1/sign-in": open_to_all(
        body={"name": "nobody", "password": "wrong", "totp": "000000"}
    ),
    **READINGS,
    # a patient alone
    "GET /v1/patients/{patient}/access-log": patient_own_thing(
        RecordClass.ACCESS_LOG, shows=True, kept=READ
    ),
    "POST /v1/patients/{patient}/access-log/{line}/dispute": patient_own_thing(
        RecordClass.ACCESS_LOG, body={}
    ),
    "DELETE /v1/patients/{patient}/access-log/{line}/dispute": patient_own_thing(
        RecordClass.ACCESS_LOG, or_else=frozenset({"not_found"})
    ),
    **DOSES,
    "GET /v1/me/devices": patient_own(RecordClass.DEVICES),
    "DELETE /v1/me/devices/{device}": but(
        patient_own_thing(RecordClass.DEVICES), {Caller.LIMITED: Expected.STRONGER}
    ),
    "PUT /v1/me/devices/current/push-token": patient_own(body={"token": "a-token"}),
    "GET /v1/me/stream": patient_own(),
    "GET /v1/me/notifications": patient_own(RecordClass.INBOX, shows=True),
    "POST /v1/me/notifications/{notification}/received": patient_own_thing(RecordClass.INBOX),
    "POST /v1/me/notifications/{notification}/read": patient_own_thing(RecordClass.INBOX),
    **SESSIONS,
    "GET /v1/me/phones": patient_own(RecordClass.PHONES, shows=True),
    "POST /v1/me/phones": patient_own(
        RecordClass.PHONES, body={"number": "0912345679"}, or_else=frozenset({"too_often"})
    ),
    "POST /v1/me/phones/{contact}/codes": patient_own_thing(RecordClass.PHONES),
    "POST /v1/me/phones/{contact}/accept": patient_own_thing(
        RecordClass.PHONES,
        body={"challengeId": "{nobody}", "code": "000000"},
        or_else=frozenset({"wrong_phone_code"}),
    ),
    "POST /v1/me/phones/{contact}/decline": patient_own_thing(RecordClass.PHONES, ids=PROPOSED),
    "GET /v1/me/caregivers": patient_own(RecordClass.CAREGIVERS, shows=True),
    "DELETE /v1/me/caregivers/{grant}": patient_own_thing(RecordClass.CAREGIVERS),
    "GET /v1/me/caregivers/invitations": patient_own(RecordClass.CAREGIVERS, shows=True),
    "POST /v1/me/caregivers/invitations": patient_own(
        RecordClass.CAREGIVERS, body={"scope": "summary"}, or_else=frozenset({"cannot_grant"})
    ),
    "DELETE /v1/me/caregivers/invitations/{invitation}": patient_own_thing(RecordClass.CAREGIVERS),
    "GET /v1/me/cared-for": but(patient_own(RecordClass.CAREGIVERS), CARED_FOR),
    "POST /v1/me/cared-for": patient_own(
        RecordClass.CAREGIVERS,
        body={"invitationCode": "made-up"},
        or_else=frozenset({"wrong_invitation"}),
    ),
    "DELETE /v1/me/cared-for/{grant}": but(
        patient_own_thing(RecordClass.CAREGIVERS),
        {Caller.OWNER: Expected.NOT_FOUND, Caller.SUMMARY: Expected.COME_IN},
    ),
    "POST /v1/sign-out": patient_own(),
    # a hospital
    "POST /fhir/R4": hospital(
        KeyScope.INTAKE,
        media_type="application/fhir+json",
        body={
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [
                {
                    "fullUrl": "urn:uuid:{nobody}",
                    "resource": STRANGER,
                    "request": {"method": "POST", "url": "Patient"},
                }
            ],
        },
    ),
    "POST /hospital/events": hospital(
        KeyScope.INTAKE,
        or_else=frozenset({"unknown_patient"}),
        body={
            "eventId": "{nobody}",
            "type": "result.ready",
            "patient": {"citizenId": "{citizen}"},
        },
    ),
    "POST /fhir/R4/{kind}": hospital(
        KeyScope.INTAKE,
        media_type="application/fhir+json",
        body=STRANGER,
    ),
    "PUT /fhir/R4/{kind}/{resource_id}": hospital(
        KeyScope.INTAKE,
        media_type="application/fhir+json",
        body=STRANGER,
    ),
    "GET /hospital/messages": hospital(KeyScope.INTAKE),
    "GET /hospital/messages/{message}": but(
        hospital(KeyScope.INTAKE), {Caller.FOREIGN_KEY: Expected.NOT_FOUND}
    ),
    "GET /hospital/deliveries": hospital(KeyScope.DELIVERIES),
    # a provider
    "POST /providers/twilio/receipts/{attempt}": provider(
        media_type="application/x-www-form-urlencoded", body="MessageStatus=delivered"
    ),
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
    "POST /support/v1/notices/{notification}/resend": staff_does(
        Action.RESEND,
        unasked=Expected.SEARCH_FIRST,
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
