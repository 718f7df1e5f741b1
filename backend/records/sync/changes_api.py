"""Routes for apps that keep a record offline, through the gate."""

from typing import Annotated, Final

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from backend.auth.access.gate import Caller, patient_in_path
from backend.auth.access.guards import signed_in
from backend.core.http.etag import AnyRequest, conditional
from backend.core.http.pagination import AT_MOST, Cursor
from backend.records.sync.change_views import ChangePage
from backend.records.sync.changes import changes

USUAL: Final = 100
MOST: Final = 500
"""A first reading is of everything: fewer, larger pages than those that somebody looks at."""
PageSize = Annotated[int, QueryParameter(ge=1, le=MOST, description=AT_MOST)]


class PatientChanges(Controller):
    path = "/v1/patients/{patient:str}/changes"
    guards = [signed_in]
    tags = ["records"]

    @get()
    async def changes(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        since: Cursor = None,
        limit: PageSize = USUAL,
    ) -> Response[ChangePage]:
        """Read what is new since a cursor, and what is gone; without a cursor, everything."""
        body = await changes(caller, patient_in_path(patient), limit, since)
        return conditional(request, body, ChangePage)
