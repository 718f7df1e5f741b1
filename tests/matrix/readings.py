"""The lines of the matrix for what a patient reads of a record, and whoever has a grant."""

from typing import Final

from backend.auth.rules import RecordClass
from backend.records.kinds import LISTED
from backend.records.reading.reading import class_of
from tests.matrix.kinds import Route, patient_reads

PLAIN: Final = [kind for kind in LISTED if not kind.own_routes]
LISTS: Final = {f"GET /v1/patients/{{patient}}/{kind.address}": kind for kind in PLAIN}
"""The list of each kind that has no routes of its own."""
ALONE: Final = {
    f"GET /v1/patients/{{patient}}/{kind.address}/{{row}}": kind
    for kind in PLAIN
    if kind.read_alone
}
"""One of that kind, by itself."""

READINGS: Final[dict[str, Route]] = {
    **{name: patient_reads(class_of(kind)) for name, kind in LISTS.items()},
    **{
        name: patient_reads(class_of(kind), ids={"row": kind.table}) for name, kind in ALONE.items()
    },
    "GET /v1/patients/{patient}": patient_reads(RecordClass.PROFILE),
    "GET /v1/patients/{patient}/timeline": patient_reads(RecordClass.TIMELINE),
    "GET /v1/patients/{patient}/results": patient_reads(RecordClass.RESULTS),
    "GET /v1/patients/{patient}/results/{result}": patient_reads(RecordClass.RESULTS),
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
    "GET /v1/patients/{patient}/documents/{row}/content": patient_reads(
        RecordClass.DOCUMENTS, ids={"row": "document"}
    ),
    "GET /v1/patients/{patient}/medicines": patient_reads(RecordClass.MEDICINES),
    "GET /v1/patients/{patient}/allergies": patient_reads(RecordClass.ALLERGIES),
    "GET /v1/patients/{patient}/allergies/{row}": patient_reads(
        RecordClass.ALLERGIES, ids={"row": "allergy"}
    ),
    "GET /v1/patients/{patient}/summary": patient_reads(RecordClass.SUMMARY),
    "POST /v1/patients/{patient}/summary/prints": patient_reads(RecordClass.SUMMARY, shows=False),
}
