"""Routes for the timeline, and for the trend of one measurement."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from backend.auth.access.gate import Caller, patient_in_path
from backend.auth.access.guards import signed_in
from backend.core.http.etag import AnyRequest, conditional
from backend.core.http.pagination import DEFAULT_LIMIT, Cursor, Limit
from backend.records.reading.timeline import timeline
from backend.records.reading.timeline_views import TimelineKind, TimelinePage
from backend.records.reading.trends import TrendView, trend


class PatientTimeline(Controller):
    path = "/v1/patients/{patient:str}/timeline"
    guards = [signed_in]
    tags = ["records"]

    @get()
    async def timeline(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        *,
        kinds: Annotated[list[TimelineKind] | None, QueryParameter(name="kind")] = None,
        first: Annotated[date | None, QueryParameter(name="from")] = None,
        last: Annotated[date | None, QueryParameter(name="to")] = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Response[TimelinePage]:
        """List all that has happened, the newest first; some kinds or local days only, if named."""
        owner, page = patient_in_path(patient), (limit, cursor)
        body = await timeline(caller, owner, page, kinds or [], (first, last))
        return conditional(request, body, TimelinePage)


class PatientTrends(Controller):
    path = "/v1/patients/{patient:str}/observations/{row:uuid}/trend"
    guards = [signed_in]
    tags = ["records"]

    @get()
    async def trend(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        row: FromPath[UUID],
    ) -> Response[TrendView]:
        """Read one measurement over the years, unit by unit, the oldest first."""
        body = await trend(caller, patient_in_path(patient), row)
        return conditional(request, body, TrendView)
