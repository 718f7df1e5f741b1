"""Routes for the profile of a patient."""

from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct
from msgspec.json import encode

from backend.auth.access.gate import Caller, patient_in_path
from backend.auth.access.guards import signed_in
from backend.auth.account.profile import profile
from backend.core.http.etag import AnyRequest, conditional


class ProfileView(Struct, frozen=True, rename="camel"):
    id: UUID
    name: str
    birth_date: str | None
    """Partial where that is all that is known: 1953 or 1953-05."""
    sex: str
    language: str


class Patients(Controller):
    path = "/v1/patients"
    guards = [signed_in]
    tags = ["profile"]

    @get("/{patient:str}")
    async def profile(
        self, request: AnyRequest, caller: NamedDependency[Caller], patient: FromPath[str]
    ) -> Response[ProfileView]:
        """Read a profile: mine (`me`), or that of a person who lets me read it (an id)."""
        found = await profile(caller, patient_in_path(patient))
        view = ProfileView(found.id, found.name, found.birth_date, found.sex, found.language)
        return conditional(request, encode(view), ProfileView)
