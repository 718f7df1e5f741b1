"""The rows of the matrix about a patient's own sessions, and about stepping one up."""

from typing import Final

from backend.auth.rules import RecordClass
from tests.matrix.kinds import OTHERS, Route, Says, Who, but, patient_own, patient_own_thing

SESSIONS: Final[dict[str, Route]] = {
    "GET /v1/me/sessions": patient_own(shows=True),
    "DELETE /v1/me/sessions/others": but(patient_own(), {Who.LIMITED: Says.STRONGER}),
    "DELETE /v1/me/sessions/{session}": but(patient_own_thing(), {Who.LIMITED: Says.STRONGER}),
    "POST /v1/me/sessions/current/approval": but(
        patient_own(), dict.fromkeys((Who.OWNER, *OTHERS), Says.NOT_WAITING)
    ),
    "POST /v1/me/sessions/{session}/approval": but(
        patient_own_thing(body={"number": "000"}, or_else=frozenset({"wrong_approval"})),
        {Who.LIMITED: Says.STRONGER} | dict.fromkeys(OTHERS, Says.NOT_WAITING),
    ),
    "POST /v1/me/step-up/codes": patient_own(
        RecordClass.PHONES, or_else=frozenset({"too_often", "number_needs_desk"})
    ),
    "POST /v1/me/step-up": but(
        patient_own(
            RecordClass.PHONES,
            body={"challengeId": "{nobody}", "code": "000000"},
            or_else=frozenset({"wrong_phone_code"}),
        ),
        dict.fromkeys(OTHERS, Says.WRONG_CODE),
    ),
    "DELETE /v1/me/step-up": patient_own(RecordClass.PHONES),
}
