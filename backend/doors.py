"""Every door of the API, and who may stand at it."""

from typing import Any, Final

from litestar.di import Provide
from litestar.types import ControllerRouterHandler, Guard

from backend.auth.activation_api import Activations
from backend.auth.caregivers_api import CaredFor, MyCaregivers
from backend.auth.devices_api import MyDevices
from backend.auth.guards import caller, facility_caller, sent_by_facility, signed_in
from backend.auth.own_sessions_api import MySessions
from backend.auth.phones_api import MyPhones
from backend.auth.profile_api import Patients
from backend.auth.proof import device_key
from backend.auth.sign_in_api import SignIn, SignOut
from backend.auth.step_up_api import MyStepUp
from backend.auth.vneid_api import VneidSignIn, identity_verifier
from backend.guards import open_to_all
from backend.health_api import Health
from backend.intake.hospital_api import (
    FhirDescription,
    FhirDoor,
    HospitalEvents,
    HospitalMessages,
)
from backend.notifications.hospital_api import HospitalDeliveries
from backend.notifications.patient_api import MyNotifications
from backend.notifications.provider_api import TwilioReceipts, signed_by_provider
from backend.notifications.stream_api import MyStream, streams_of
from backend.records.access_log_api import PatientAccessLog
from backend.records.calendars_api import PatientCalendars
from backend.records.changes_api import PatientChanges
from backend.records.documents_api import PatientDocumentFiles, PatientResultFiles
from backend.records.kinds_api import KIND_CONTROLLERS, PatientAllergies
from backend.records.medicines_api import MyDoseHours, MyDoses, PatientMedicines
from backend.records.patient_api import PatientAppointments, PatientResults
from backend.records.summary.check_api import PrintedPage, PrintedSummaries
from backend.records.summary.patient_api import PatientSummary
from backend.records.timeline_api import PatientTimeline, PatientTrends
from backend.status_api import Status
from backend.support.audit_api import AuditDesk
from backend.support.cards_api import CardDesk
from backend.support.caregivers_api import CaregiverDesk
from backend.support.citizen_ids_api import CitizenIdDesk
from backend.support.guards import signed_in_staff
from backend.support.slips_api import SlipDesk
from backend.support.support_api import StaffDoor, SupportDesk
from backend.support.tasks_api import TaskDesk

CONTROLLERS: Final[list[ControllerRouterHandler]] = [
    Health,
    SignIn, Activations, VneidSignIn, SignOut,
    MyDevices, MySessions, MyStepUp, MyPhones, Patients, MyNotifications, MyStream, MyCaregivers,
    CaredFor, PatientResults, PatientAppointments, PatientMedicines, MyDoses, MyDoseHours,
    *KIND_CONTROLLERS, PatientAllergies, PatientDocumentFiles, PatientResultFiles,
    PatientAccessLog, PatientChanges, PatientTimeline, PatientTrends, PatientCalendars,
    PatientSummary, PrintedSummaries, PrintedPage, Status,
    FhirDoor, FhirDescription, HospitalEvents, HospitalMessages, HospitalDeliveries,
    TwilioReceipts,
    StaffDoor, SupportDesk, SlipDesk, CardDesk, TaskDesk, AuditDesk, CaregiverDesk,
    CitizenIdDesk,
]  # fmt: skip
"""What the API answers. A controller that is not here is not reachable."""

DEPENDENCIES: Final = {
    "caller": Provide(caller),
    "facility_caller": Provide(facility_caller),
    "key": Provide(device_key),
    "vneid": Provide(identity_verifier),
    "streams": Provide(streams_of),
}
"""Whom the guards have let in, for routes that ask."""

GUARDS: Final[dict[Guard, str | None]] = {
    open_to_all: None,
    signed_in: "patientSession",
    sent_by_facility: "facilityKey",
    signed_in_staff: "staffSession",
    signed_by_provider: "twilioSignature",
}
"""The guards there are, and the security scheme of the contract that each one checks."""

SCHEMES: Final[dict[str, dict[str, Any]]] = {
    "facilityKey": {
        "type": "http", "scheme": "bearer",
        "description": "The key a facility was given by `hub facility key`.",
    },
    "patientSession": {
        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": "The access token of a signed-in patient. It lives ten minutes. `tokenType`"
        " says how it is shown: `Bearer`, or `DPoP` together with a proof in the header of that"
        " name (RFC 9449; ES256 or EdDSA).",
    },
    "staffSession": {
        "type": "http", "scheme": "bearer",
        "description": "The token of a member of staff who signed in.",
    },
    "twilioSignature": {
        "type": "apiKey", "in": "header", "name": "X-Twilio-Signature",
        "description": "Twilio's signature over the address and the form.",
    },
}  # fmt: skip
