"""Routes for each kind of record, through the gate: its list, and a single record."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import defstruct, field

from backend.auth.access.gate import Caller, patient_in_path
from backend.auth.access.guards import signed_in
from backend.auth.rules import RecordClass
from backend.core.http.etag import AnyRequest, conditional
from backend.core.http.pagination import DEFAULT_LIMIT, Cursor, Limit
from backend.records.kinds import LISTED, Kind, kind_of
from backend.records.reading import reading
from backend.records.reading.patient_api import record_of
from backend.records.views.kind_views import AllergyPage, AllergyView

ALLERGY: Final = kind_of("allergy")
_GENERIC: Final[Any] = Response
"""What a route made of a kind answers with: its view is not known before."""


class PatientAllergies(Controller):
    path = "/v1/patients/{patient:str}/allergies"
    guards = [signed_in]
    tags = ["records"]

    @get()
    async def allergies(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Response[AllergyPage]:
        """List allergies, the newest first."""
        body = await reading.allergies(caller, patient_in_path(patient), limit, cursor)
        return conditional(request, body, AllergyPage)

    @get("/{row:uuid}")
    async def allergy(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        row: FromPath[UUID],
    ) -> Response[AllergyView]:
        """Read one allergy."""
        async with record_of(caller, patient, RecordClass.ALLERGIES) as charts:
            body = await reading.read_record(ALLERGY, charts, row)
        return conditional(request, body, AllergyView)


def _page_of(kind: Kind) -> Any:
    """Make the type of a page of its list."""
    return defstruct(
        f"{kind.name}Page",
        [
            ("items", list[kind.in_list]),  # type: ignore[name-defined]  # known when it runs
            ("next_cursor", str | None),
            ("left_out", int, 0),
            ("stronger_sign_in_needed", list[str], field(default_factory=list)),
        ],
        module=__name__,
        frozen=True,
        kw_only=True,
        rename="camel",
    )


def _listing(kind: Kind) -> Any:
    page = _page_of(kind)

    async def listing(
        self: Controller,  # noqa: ARG001  # a method of the controller that is made of it
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Response[Any]:
        body = await reading.list_records(kind, caller, patient_in_path(patient), limit, cursor)
        return conditional(request, body, page)

    listing.__name__ = kind.address.replace("-", "_")
    listing.__doc__ = f"List {kind.address.replace('-', ' ')}, the newest first."
    listing.__annotations__["return"] = _GENERIC[page]
    return get()(listing)


def _reading(kind: Kind) -> Any:
    async def alone(
        self: Controller,  # noqa: ARG001  # as above
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        row: FromPath[UUID],
    ) -> Response[Any]:
        async with record_of(caller, patient, reading.class_of(kind)) as charts:
            body = await reading.read_record(kind, charts, row)
        return conditional(request, body, kind.view)

    alone.__name__ = kind.table
    alone.__doc__ = "Read one of them."
    alone.__annotations__["return"] = _GENERIC[kind.view]
    return get("/{row:uuid}")(alone)


def _controller(kind: Kind) -> type[Controller]:
    routes = {"listing": _listing(kind)} | ({"alone": _reading(kind)} if kind.read_alone else {})
    fixed = {
        "path": f"/v1/patients/{{patient:str}}/{kind.address}",
        "guards": [signed_in],
        "tags": ["records"],
    }
    return type(f"Patient{kind.name}s", (Controller,), fixed | routes)


KIND_CONTROLLERS: Final = [_controller(kind) for kind in LISTED if not kind.own_routes]
"""The routes of every kind that has a list and nothing of its own beside it."""
