"""The matrix: one line for each door of the API. A door that has no line fails the test."""

from typing import Final

from backend.auth.rules import KeyScope, RecordClass
from backend.support.rules import Action
from tests.matrix.kinds import (
    Route,
    Says,
    hospital,
    open_to_all,
    patient_own,
    patient_own_thing,
    patient_reads,
    provider,
    staff_does,
)

WHY: Final = "asked at the counter"
PHONE: Final = {"platform": "android", "model": "Pixel", "name": ""}
BECAUSE: Final = {"reason": WHY}

TABLE: Final[dict[str, Route]] = {
    # open
    "GET /health/live": open_to_all(),
    "GET /health/ready": open_to_all(),
    "GET /metrics": open_to_all(),
    "GET /openapi.json": open_to_all(),
    "GET /docs": open_to_all(),
    "GET /fhir/R4/metadata": open_to_all(),
    "POST /v1/sign-in/codes": open_to_all(body={"citizenId": "{citizen}"}),
    "POST /v1/sign-in/sessions": open_to_all(
        body={"challengeId": "{nobody}", "code": "000000", "device": PHONE}
    ),
    "POST /v1/sign-in/refresh": open_to_all(body={"refreshToken": "nobody.0.made-up"}),
    "POST /support/v1/sign-in": open_to_all(
        body={"name": "nobody", "password": "wrong", "totp": "000000"}
    ),
    # a patient, and whoever has a grant
    "GET /v1/patients/{patient}": patient_reads(RecordClass.PROFILE),
    "GET /v1/patients/{patient}/results": patient_reads(RecordClass.RESULTS),
    "GET /v1/patients/{patient}/results/{result}": patient_reads(RecordClass.RESULTS),
    "GET /v1/patients/{patient}/observations": patient_reads(RecordClass.RESULTS),
    "GET /v1/patients/{patient}/appointments": patient_reads(RecordClass.APPOINTMENTS),
    "GET /v1/patients/{patient}/appointments/{appointment}": patient_reads(
        RecordClass.APPOINTMENTS
    ),
    "GET /v1/patients/{patient}/medicines": patient_reads(RecordClass.MEDICINES),
    "GET /v1/patients/{patient}/medicines/schedule": patient_reads(RecordClass.MEDICINES),
    # a patient alone
    "GET /v1/me/devices": patient_own(RecordClass.DEVICES),
    "PUT /v1/me/devices/current/push-token": patient_own(body={"token": "a-token"}),
    "GET /v1/me/notifications": patient_own(RecordClass.INBOX, shows=True),
    "POST /v1/me/notifications/{notification}/received": patient_own_thing(RecordClass.INBOX),
    "POST /v1/me/notifications/{notification}/read": patient_own_thing(RecordClass.INBOX),
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
                    "resource": {
                        "resourceType": "Patient",
                        "identifier": [{"system": "urn:test:number", "value": "BN9"}],
                        "name": [{"text": "Lê Văn Chín"}],
                    },
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
    "GET /hospital/deliveries": hospital(KeyScope.DELIVERIES),
    # a provider
    "POST /providers/twilio/receipts/{attempt}": provider(
        media_type="application/x-www-form-urlencoded", body="MessageStatus=delivered"
    ),
    # staff
    "POST /support/v1/sign-out": staff_does(Action.SIGN_OUT, foreign=Says.AS_YOURSELF),
    "POST /support/v1/patients/search": staff_does(
        Action.SEARCH, foreign=Says.AS_YOURSELF, body={"reason": WHY, "citizenId": "{citizen}"}
    ),
    "POST /support/v1/messages/search": staff_does(
        Action.SEARCH, foreign=Says.AS_YOURSELF, body={"reason": WHY, "reference": "{reference}"}
    ),
    "GET /support/v1/patients/{patient}/messages": staff_does(
        Action.READ_MESSAGES, foreign=Says.SEARCH_FIRST, unasked=Says.SEARCH_FIRST
    ),
    "POST /support/v1/deliveries/{delivery}/resend": staff_does(
        Action.RESEND, body=BECAUSE, or_else=frozenset({"still_under_way"})
    ),
    "POST /support/v1/patients/{patient}/contacts/{contact}/wrong": staff_does(
        Action.MARK_NUMBER, body=BECAUSE
    ),
    "DELETE /support/v1/patients/{patient}/contacts/{contact}/wrong": staff_does(
        Action.MARK_NUMBER, or_else=frozenset({"nothing_to_undo"})
    ),
}
