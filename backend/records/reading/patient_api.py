"""Routes for results and appointments, through the gate."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from functools import partial
from typing import Final
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from backend.auth.access.gate import Caller, patient_in_path, reading_as
from backend.auth.access.guards import signed_in
from backend.auth.rules import RecordClass
from backend.core.http.etag import AnyRequest, conditional
from backend.core.http.pagination import DEFAULT_LIMIT, Cursor, Limit
from backend.records.kinds import kind_of
from backend.records.reading import reading
from backend.records.views.record_views import (
    AppointmentPage,
    AppointmentView,
    ResultPage,
    ResultView,
)

RESULT: Final = kind_of("result")
APPOINTMENT: Final = kind_of("appointment")


class PatientResults(Controller):
    path = "/v1/patients/{patient:str}/results"
    guards = [signed_in]
    tags = ["records"]

    @get()
    async def results(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Response[ResultPage]:
        """List results, the newest first."""
        body = await reading.list_records(RESULT, caller, patient_in_path(patient), limit, cursor)
        return conditional(request, body, ResultPage)

    @get("/{result:uuid}")
    async def result(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        result: FromPath[UUID],
    ) -> Response[ResultView]:
        """Read one result with all its measurements."""
        async with record_of(caller, patient, RecordClass.RESULTS) as charts:
            body = await reading.read_record(RESULT, charts, result)
        return conditional(request, body, ResultView)


class When(StrEnum):
    """A choice of appointments by time."""

    NEXT = "next"
    """From today on, the soonest first, without those called off."""
    PAST = "past"
    """The latest first."""


_LISTS: Final[Mapping[When | None, Callable[..., Awaitable[bytes]]]] = {
    None: partial(reading.list_records, APPOINTMENT),
    When.NEXT: reading.next_appointments,
    When.PAST: reading.past_appointments,
}


class PatientAppointments(Controller):
    path = "/v1/patients/{patient:str}/appointments"
    guards = [signed_in]
    tags = ["records"]

    @get()
    async def appointments(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        when: FromQuery[When | None] = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Response[AppointmentPage]:
        """List all appointments, the farthest ahead first; or the next ones, or the past ones."""
        body = await _LISTS[when](caller, patient_in_path(patient), limit, cursor)
        return conditional(request, body, AppointmentPage)

    @get("/{appointment:uuid}")
    async def appointment(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        appointment: FromPath[UUID],
    ) -> Response[AppointmentView]:
        """Read one appointment."""
        async with record_of(caller, patient, RecordClass.APPOINTMENTS) as charts:
            body = await reading.read_record(APPOINTMENT, charts, appointment)
        return conditional(request, body, AppointmentView)


@asynccontextmanager
async def record_of(
    caller: Caller, patient: str, record_class: RecordClass
) -> AsyncIterator[list[UUID]]:
    """Open the charts for the block whose level opens this class of records."""
    async with reading_as(caller, patient_in_path(patient), record_class) as reader:
        yield reader.charts
