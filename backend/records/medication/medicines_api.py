"""Routes for a patient's medicines, doses, dose notes and dose hours."""

from datetime import date, time
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta, Struct

from backend.auth.access.gate import Caller, patient_in_path, reading_as
from backend.auth.access.guards import signed_in
from backend.auth.rules import RecordClass
from backend.core.http.etag import AnyRequest, conditional
from backend.core.http.instants import InstantText, instant_or_none
from backend.core.http.pagination import DEFAULT_LIMIT, Cursor, Limit
from backend.records.dosage.dosing import Hours
from backend.records.kinds import kind_of
from backend.records.medication import adherence, dose_hours
from backend.records.medication.schedule import schedule
from backend.records.reading import reading
from backend.records.views.dose_views import DoseHoursPage, DoseNoteView, DoseState, ScheduleView
from backend.records.views.record_views import WRITER, MedicinePage

MEDICINE: Final = kind_of("medicine")
LocalTime = Annotated[time, Meta(tz=False)]


class DoseNoted(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    state: DoseState
    at: InstantText | None = None
    """When it was taken, if not at its time."""


class HoursChosen(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    morning: LocalTime
    noon: LocalTime
    afternoon: LocalTime
    evening: LocalTime
    chart: UUID | None = None
    """Whose doses; left out, of all my charts."""


class PatientMedicines(Controller):
    path = "/v1/patients/{patient:str}/medicines"
    guards = [signed_in]
    tags = ["records"]

    @get()
    async def medicines(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Response[MedicinePage]:
        """List medicines, the newest first."""
        body = await reading.list_records(MEDICINE, caller, patient_in_path(patient), limit, cursor)
        return conditional(request, body, MedicinePage)

    @get("/schedule")
    async def doses(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        first: Annotated[date | None, QueryParameter(name="from")] = None,
        last: Annotated[date | None, QueryParameter(name="to")] = None,
        zone: Annotated[str | None, QueryParameter(max_length=60)] = None,
    ) -> Response[ScheduleView]:
        """List the doses of these local days; of today if none are given.

        With a `zone` they are for somebody who is there: what is taken by the clock keeps its
        hour, what is taken at intervals its distance.
        """
        async with reading_as(caller, patient_in_path(patient), RecordClass.MEDICINES) as reader:
            body = await schedule(reader, first, last, zone)
        return conditional(request, body, ScheduleView)


class MyDoses(Controller):
    path = "/v1/me/doses"
    guards = [signed_in]
    tags = ["records"]

    @put("/{dose:str}")
    async def note(
        self, caller: NamedDependency[Caller], dose: FromPath[str], data: JSONBody[DoseNoted]
    ) -> DoseNoteView:
        """Note that I took a dose, or skipped it. This replaces an earlier note."""
        at = instant_or_none(data.at, "$.at")
        return await adherence.note(caller, dose, data.state, at)

    @delete("/{dose:str}")
    async def forget(self, caller: NamedDependency[Caller], dose: FromPath[str]) -> None:
        """Delete my note on a dose."""
        await adherence.forget(caller, dose)


class MyDoseHours(Controller):
    path = "/v1/me/dose-hours"
    guards = [signed_in]
    tags = ["records"]

    @get()
    async def hours(
        self, request: AnyRequest, caller: NamedDependency[Caller]
    ) -> Response[DoseHoursPage]:
        """Read the hours of my morning, noon, afternoon and evening, for each chart."""
        body = WRITER.encode(await dose_hours.my_hours(caller))
        return conditional(request, body, DoseHoursPage)

    @put()
    async def choose(
        self, caller: NamedDependency[Caller], data: JSONBody[HoursChosen]
    ) -> DoseHoursPage:
        """Set my own hours. They count before those of any hospital."""
        chosen = Hours(data.morning, data.noon, data.afternoon, data.evening)
        return await dose_hours.choose_hours(caller, data.chart, chosen)

    @delete()
    async def back_to_usual(
        self, caller: NamedDependency[Caller], chart: FromQuery[UUID | None] = None
    ) -> None:
        """Use the hours of the hospitals again, for one of my charts or for all."""
        await dose_hours.forget_hours(caller, chart)
