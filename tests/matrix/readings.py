"""The lines of the matrix for what a patient reads of a record, and whoever has a grant."""

from typing import Final

from backend.auth.rules import RecordClass
from tests.matrix.kinds import Route, patient_reads

READINGS: Final[dict[str, Route]] = {
    "GET /v1/patients/{patient}": patient_reads(RecordClass.PROFILE),
    "GET /v1/patients/{patient}/timeline": patient_reads(RecordClass.TIMELINE),
    "GET /v1/patients/{patient}/results": patient_reads(RecordClass.RESULTS),
    "GET /v1/patients/{patient}/results/{result}": patient_reads(RecordClass.RESULTS),
    "GET /v1/patients/{patient}/observations": patient_reads(RecordClass.RESULTS),
    "GET /v1/patients/{patient}/changes": patient_reads(RecordClass.CHANGES),
    "GET /v1/patients/{patient}/observations/{row}/trend": patient_reads(
        RecordClass.RESULTS, ids={"row": "observation"}
    ),
    "GET /v1/patients/{patient}/appointments/calendar.ics": patient_reads(RecordClass.APPOINTMENTS),
    "GET /v1/patients/{patient}/appointments/{appointment}/calendar.ics": patient_reads(
        RecordClass.APPOINTMENTS
    ),
    "GET /v1/patients/{patient}/appointments": patient_reads(RecordClass.APPOINTMENTS),
    "GET /v1/patients/{patient}/appointments/{appointment}": patient_reads(
        RecordClass.APPOINTMENTS
    ),
    "GET /v1/patients/{patient}/results/{result}/content": patient_reads(RecordClass.RESULTS),
    "GET /v1/patients/{patient}/documents": patient_reads(RecordClass.DOCUMENTS),
    "GET /v1/patients/{patient}/documents/{row}": patient_reads(
        RecordClass.DOCUMENTS, ids={"row": "document"}
    ),
    "GET /v1/patients/{patient}/documents/{row}/content": patient_reads(
        RecordClass.DOCUMENTS, ids={"row": "document"}
    ),
    "GET /v1/patients/{patient}/medicines": patient_reads(RecordClass.MEDICINES),
    "GET /v1/patients/{patient}/visits": patient_reads(RecordClass.VISITS),
    "GET /v1/patients/{patient}/visits/{row}": patient_reads(
        RecordClass.VISITS, ids={"row": "visit"}
    ),
    "GET /v1/patients/{patient}/conditions": patient_reads(RecordClass.CONDITIONS),
    "GET /v1/patients/{patient}/conditions/{row}": patient_reads(
        RecordClass.CONDITIONS, ids={"row": "condition"}
    ),
    "GET /v1/patients/{patient}/allergies": patient_reads(RecordClass.ALLERGIES),
    "GET /v1/patients/{patient}/allergies/{row}": patient_reads(
        RecordClass.ALLERGIES, ids={"row": "allergy"}
    ),
    "GET /v1/patients/{patient}/immunisations": patient_reads(RecordClass.IMMUNISATIONS),
    "GET /v1/patients/{patient}/immunisations/{row}": patient_reads(
        RecordClass.IMMUNISATIONS, ids={"row": "immunisation"}
    ),
    "GET /v1/patients/{patient}/summary": patient_reads(RecordClass.SUMMARY),
    "POST /v1/patients/{patient}/summary/prints": patient_reads(RecordClass.SUMMARY, shows=False),
}
