"""The matrix: one line for each endpoint of the API. An endpoint without a line fails the test."""

from typing import Final

from backend.auth.facilities.rules import KeyScope
from backend.auth.rules import RecordClass
from tests.matrix.desk import DESK
from tests.matrix.doses import DOSES
from tests.matrix.kinds import (
    READ,
    Caller,
    Expected,
    Route,
    but,
    hospital,
    open_to_all,
    patient_own,
    patient_own_thing,
    provider,
)
from tests.matrix.readings import READINGS
from tests.matrix.sessions import SESSIONS

WHY: Final = "asked at the counter"
PHONE: Final = {"platform": "android", "model": "Pixel", "name": ""}

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
    "PUT /fhir/R4/{kind}": hospital(
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
    **DESK,
}
