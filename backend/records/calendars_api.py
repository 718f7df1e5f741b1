"""Appointments as files that a phone's calendar takes in, through the gate."""

from hashlib import sha256
from typing import Final
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK, HTTP_304_NOT_MODIFIED

from backend.auth.gate import Caller
from backend.auth.guards import signed_in
from backend.auth.rules import RecordClass
from backend.languages import Accepted, Language, accepted_by, labels, preferred
from backend.records import calendars
from backend.records.patient_api import AnyRequest, record_of

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
        """Read all appointments from today on as a calendar, without what they are for."""
        language = preferred(accepted_by(request))
        async with record_of(caller, patient, RecordClass.APPOINTMENTS) as whose:
            body = await calendars.ahead(whose, language)
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
        """Read one appointment as a calendar, without what it is for."""
        language = preferred(accepted_by(request))
        async with record_of(caller, patient, RecordClass.APPOINTMENTS) as whose:
            body = await calendars.one(whose, appointment, language)
        return as_calendar(request, body, language)


def as_calendar(request: AnyRequest, body: bytes, language: Language) -> Response[bytes]:
    """Give a calendar under a name that says nothing, or 304 to an app that has it."""
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    same = tag in {each.strip() for each in request.headers.get("if-none-match", "").split(",")}
    return Response(
        b"" if same else body,
        status_code=HTTP_304_NOT_MODIFIED if same else HTTP_200_OK,
        headers={
            "Content-Type": f"{_CALENDAR}; charset=utf-8",
            "Content-Disposition": 'attachment; filename="calendar.ics"',
            "X-Content-Type-Options": "nosniff",
            "ETag": tag,
            "Cache-Control": "private, no-cache",
            **labels(language),
        },
    )
