"""Who a patient is, through the API."""

from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct
from msgspec.json import encode

from backend.auth.gate import Caller
from backend.auth.guards import signed_in
from backend.auth.profile import profile
from backend.errors import NotFound
from backend.etags import AnyRequest, as_stored


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
        """Read who I am, or who somebody is that lets me read: `me` or an id."""
        found = await profile(caller, patient_in_path(patient))
        view = ProfileView(found.id, found.name, found.birth_date, found.sex, found.language)
        return as_stored(request, encode(view), ProfileView)


def patient_in_path(text: str) -> UUID | None:
    """Read `me` as nobody else than the caller, anything that is no id as a stranger.

    Raises:
        NotFound: neither `me` nor an id.
    """
    try:
        return None if text == "me" else UUID(text)
    except ValueError as malformed:
        raise NotFound from malformed
