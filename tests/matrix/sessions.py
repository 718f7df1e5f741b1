"""The rows of the matrix about a patient's own sessions, and about stepping one up."""

from typing import Final

from backend.auth.rules import RecordClass
from tests.matrix.kinds import OTHERS, Caller, Expected, Route, but, patient_own, patient_own_thing

SESSIONS: Final[dict[str, Route]] = {
    "GET /v1/me/sessions": patient_own(shows=True),
    "DELETE /v1/me/sessions/others": but(patient_own(), {Caller.LIMITED: Expected.STRONGER}),
    "DELETE /v1/me/sessions/{session}": but(
        patient_own_thing(), {Caller.LIMITED: Expected.STRONGER}
    ),
    "POST /v1/me/sessions/current/approval": patient_own(),
    "POST /v1/me/sessions/{session}/approval": but(
        patient_own_thing(body={"number": "000"}, or_else=frozenset({"wrong_approval"})),
        {Caller.LIMITED: Expected.STRONGER} | dict.fromkeys(OTHERS, Expected.NOT_WAITING),
    ),
    "GET /v1/me/charts": patient_own(shows=True),
    "POST /v1/me/charts": patient_own(
        body={"citizenId": "{citizen}", "phone": "0912345678"},
        or_else=frozenset({"too_often"}),
    ),
    "POST /v1/me/charts/vneid/begin": patient_own(),
    "POST /v1/me/charts/vneid/callback": patient_own(
        body={"requestId": "made-up", "state": "made-up", "code": "made-up"},
        or_else=frozenset({"vneid_begin_again"}),
    ),
    "DELETE /v1/me/charts/{chart}": but(
        patient_own_thing(or_else=frozenset({"stronger_sign_in_needed"})),
        {Caller.LIMITED: Expected.STRONGER},
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
        dict.fromkeys(OTHERS, Expected.WRONG_CODE),
    ),
    "DELETE /v1/me/step-up": patient_own(RecordClass.PHONES),
}
