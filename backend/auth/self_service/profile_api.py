"""Routes for the profile of a patient: what each chart says of the person."""

from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import UNSET, Struct, UnsetType
from msgspec.json import encode

from backend.auth.access.gate import Caller, patient_in_path
from backend.auth.access.guards import signed_in
from backend.auth.self_service.profile import Profile, profiles
from backend.core.http.etag import AnyRequest, conditional


class ProfileOfChart(Struct, frozen=True, rename="camel"):
    """What one facility says."""

    id: UUID
    """Of the chart. It stands in the place of `me` for this chart alone."""
    facility: str
    name: str
    birth_date: str | None
    """Partial where that is all that is known: 1953 or 1953-05."""
    sex: str
    language: str


class ProfileView(Struct, frozen=True, rename="camel"):
    """What the chart that was reached first says, and after it all of them."""

    id: UUID
    name: str
    birth_date: str | None
    """Partial where that is all that is known: 1953 or 1953-05."""
    sex: str
    language: str
    charts: list[ProfileOfChart]
    stronger_sign_in_needed: list[str] | UnsetType = UNSET
    """Facilities whose chart needs a stronger sign-in; left out where there is none."""


class Patients(Controller):
    path = "/v1/patients"
    guards = [signed_in]
    tags = ["profile"]

    @get("/{patient:str}")
    async def profile(
        self, request: AnyRequest, caller: NamedDependency[Caller], patient: FromPath[str]
    ) -> Response[ProfileView]:
        """Read a profile: mine (`me`), or of one chart (its id) that I reach or may read."""
        found, reader = await profiles(caller, patient_in_path(patient))
        first, *_ = found
        view = ProfileView(
            id=first.id,
            name=first.name,
            birth_date=first.birth_date,
            sex=first.sex,
            language=first.language,
            charts=[_of_chart(profile) for profile in found],
            stronger_sign_in_needed=reader.weak or UNSET,
        )
        return conditional(request, encode(view), ProfileView)


def _of_chart(profile: Profile) -> ProfileOfChart:
    return ProfileOfChart(
        id=profile.id,
        facility=profile.facility,
        name=profile.name,
        birth_date=profile.birth_date,
        sex=profile.sex,
        language=profile.language,
    )
