"""Routes for appointments as calendar files, through the gate."""

from typing import Final
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.auth.access.gate import Caller
from backend.auth.access.guards import signed_in
from backend.auth.rules import RecordClass
from backend.core.http.etag import AnyRequest, conditional_on, weak_tag
from backend.core.i18n import Accepted, Language, accepted_by, labels, preferred
from backend.records.reading import ical
from backend.records.reading.patient_api import record_of

_CALENDAR: Final = "text/calendar"


class PatientCalendars(Controller):
    path = "/v1/patients/{patient:str}/appointments"
    guards = [signed_in]
    tags = ["records"]

    @get("/calendar.ics", media_type=_CALENDAR)
    async def calendar(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        accept_language: Accepted = None,  # noqa: ARG002  # for the contract; it may come in lines
    ) -> Response[bytes]:
        """Read all appointments from today on as a calendar, without their purpose."""
        language = preferred(accepted_by(request))
        async with record_of(caller, patient, RecordClass.APPOINTMENTS) as charts:
            body = await ical.ahead(charts, language)
        return as_calendar(request, body, language)

    @get("/{appointment:uuid}/calendar.ics", media_type=_CALENDAR)
    async def appointment_calendar(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        appointment: FromPath[UUID],
        accept_language: Accepted = None,  # noqa: ARG002  # for the contract; it may come in lines
    ) -> Response[bytes]:
        """Read one appointment as a calendar, without its purpose."""
        language = preferred(accepted_by(request))
        async with record_of(caller, patient, RecordClass.APPOINTMENTS) as charts:
            body = await ical.one(charts, appointment, language)
        return as_calendar(request, body, language)


def as_calendar(request: AnyRequest, body: bytes, language: Language) -> Response[bytes]:
    """Give a calendar under a neutral file name, or 304 to an app that has it."""
    headers = {
        "Content-Disposition": 'attachment; filename="calendar.ics"',
        "X-Content-Type-Options": "nosniff",
        **labels(language),
    }
    return conditional_on(request, body, weak_tag(body), _CALENDAR, headers)
