"""Lists every route of the API, with the guard that decides who may use it."""

from typing import Any, Final

from litestar.di import Provide
from litestar.types import ControllerRouterHandler, Guard

from backend.api.health_api import Health
from backend.api.status_api import StatusPage
from backend.auth.access.guards import caller, facility_caller, sent_by_facility, signed_in
from backend.auth.caregivers.caregivers_api import CaredFor, MyCaregivers
from backend.auth.dpop.device_key import device_key
from backend.auth.self_service.phones_api import MyPhones
from backend.auth.self_service.profile_api import Patients
from backend.auth.self_service.step_up_api import MyStepUp
from backend.auth.sessions.devices_api import MyDevices
from backend.auth.sessions.sessions_api import MySessions
from backend.auth.sign_in.activation_api import Activations
from backend.auth.sign_in.charts_api import MyCharts
from backend.auth.sign_in.sign_in_api import PatientSignIn, SignOut
from backend.auth.vneid.vneid_api import VneidForCharts, VneidSignInRoutes, identity_verifier
from backend.core.http.public import open_to_all
from backend.intake.hospital_api import (
    FhirDescription,
    FhirRoutes,
    HospitalEvents,
    HospitalMessages,
)
from backend.notifications.delivery.provider_api import TwilioReceipts, signed_by_provider
from backend.notifications.hospital_api import HospitalDeliveries
from backend.notifications.inbox.inbox_api import MyNotifications
from backend.notifications.inbox.stream_api import MyStream, streams_of
from backend.records.access_log.access_log_api import PatientAccessLog
from backend.records.medication.medicines_api import MyDoseHours, MyDoses, PatientMedicines
from backend.records.reading.calendars_api import PatientCalendars
from backend.records.reading.documents_api import PatientDocumentFiles, PatientResultFiles
from backend.records.reading.kinds_api import KIND_CONTROLLERS, PatientAllergies
from backend.records.reading.patient_api import PatientAppointments, PatientResults
from backend.records.reading.timeline_api import PatientTimeline, PatientTrends
from backend.records.summary.summary_api import PatientSummary
from backend.records.summary.verify_api import PrintedPage, PrintedSummaries
from backend.records.sync.changes_api import PatientChanges
from backend.support.audit.audit_api import AuditDesk
from backend.support.charts.decisions_api import ChartDesk
from backend.support.desk.cards_api import CardDesk
from backend.support.desk.caregivers_api import CaregiverDesk
from backend.support.desk.citizen_ids_api import CitizenIdDesk
from backend.support.desk.tasks_api import TaskDesk
from backend.support.messages.messages_api import MessageDesk
from backend.support.patients.search_api import SupportDesk
from backend.support.phones.lost_phones_api import LostPhoneDesk
from backend.support.phones.phones_api import PhoneDesk
from backend.support.quarantine.quarantine_api import QuarantineDesk
from backend.support.slips.slips_api import SlipDesk
from backend.support.staff.guards import signed_in_staff
from backend.support.staff.sign_in_api import StaffSignInRoutes, StaffSignOut

CONTROLLERS: Final[list[ControllerRouterHandler]] = [
    Health,
    PatientSignIn,
    Activations,
    VneidSignInRoutes,
    VneidForCharts,
    SignOut,
    MyDevices,
    MyCharts,
    MySessions,
    MyStepUp,
    MyPhones,
    Patients,
    MyNotifications,
    MyStream,
    MyCaregivers,
    CaredFor,
    PatientResults,
    PatientAppointments,
    PatientMedicines,
    MyDoses,
    MyDoseHours,
    *KIND_CONTROLLERS,
    PatientAllergies,
    PatientDocumentFiles,
    PatientResultFiles,
    PatientAccessLog,
    PatientChanges,
    PatientTimeline,
    PatientTrends,
    PatientCalendars,
    PatientSummary,
    PrintedSummaries,
    PrintedPage,
    StatusPage,
    FhirRoutes,
    FhirDescription,
    HospitalEvents,
    HospitalMessages,
    HospitalDeliveries,
    TwilioReceipts,
    StaffSignInRoutes,
    StaffSignOut,
    SupportDesk,
    MessageDesk,
    PhoneDesk,
    SlipDesk,
    LostPhoneDesk,
    ChartDesk,
    QuarantineDesk,
    CardDesk,
    TaskDesk,
    AuditDesk,
    CaregiverDesk,
    CitizenIdDesk,
]
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
        " name (RFC 9449; ES256, Ed25519 or EdDSA).",
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
