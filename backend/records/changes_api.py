"""What an app needs to keep a record for when there is no network, through the gate."""

from typing import Annotated, Final

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from backend.auth.gate import Caller
from backend.auth.guards import signed_in
from backend.auth.profile_api import patient_in_path
from backend.etags import AnyRequest, as_stored
from backend.paging import Cursor
from backend.records.change_views import ChangePage
from backend.records.changes import changes

USUAL: Final = 100
MOST: Final = 500
"""A first reading is of everything: fewer, larger pages than those that somebody looks at."""
PageSize = Annotated[int, QueryParameter(ge=1, le=MOST)]


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
        """Read what is new since a cursor, and what is gone; without one, everything."""
        body = await changes(caller, patient_in_path(patient), limit, since)
        return as_stored(request, body, ChangePage)
