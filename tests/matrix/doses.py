"""The lines of the matrix for doses and what patients say of them."""

from typing import Final

from backend.auth.rules import RecordClass
from tests.matrix.kinds import READ, Route, patient_own, patient_own_thing, patient_reads

HOURS: Final = {"morning": "06:00:00", "noon": "11:00:00", "afternoon": "16:00:00",
                "evening": "21:00:00"}  # fmt: skip

DOSES: Final[dict[str, Route]] = {
    "GET /v1/patients/{patient}/medicines/schedule": patient_reads(RecordClass.MEDICINES),
    "PUT /v1/me/doses/{dose}": patient_own_thing(RecordClass.DOSES, body={"state": "taken"}),
    "DELETE /v1/me/doses/{dose}": patient_own_thing(
        RecordClass.DOSES, or_else=frozenset({"not_found"})
    ),
    "GET /v1/me/dose-hours": patient_own(RecordClass.DOSES, kept=READ),
    "PUT /v1/me/dose-hours": patient_own(RecordClass.DOSES, body=HOURS),
    "DELETE /v1/me/dose-hours": patient_own(RecordClass.DOSES),
}
