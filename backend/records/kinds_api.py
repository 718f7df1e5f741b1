"""What patients read of visits, conditions and all else beside reports, through the gate."""

from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.auth.gate import Caller
from backend.auth.guards import signed_in
from backend.auth.profile_api import patient_in_path
from backend.auth.rules import RecordClass
from backend.etags import AnyRequest, as_stored
from backend.paging import DEFAULT_LIMIT, Cursor, Limit
from backend.records import reading
from backend.records.kind_views import (
    AllergyPage,
    AllergyView,
    ConditionPage,
    ConditionView,
    ImmunisationPage,
    ImmunisationView,
    VisitPage,
    VisitView,
)
from backend.records.patient_api import record_of
from backend.records.views import ObservationPage


class PatientVisits(Controller):
    path = "/v1/patients/{patient:str}/visits"
    guards = [signed_in]
    tags = ["records"]

    @get()
    async def visits(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Response[VisitPage]:
        """List visits, the newest first."""
        body = await reading.kept("visit", caller, patient_in_path(patient), limit, cursor)
        return as_stored(request, body, VisitPage)

    @get("/{row:uuid}")
    async def visit(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        row: FromPath[UUID],
    ) -> Response[VisitView]:
        """Read one of them."""
        async with record_of(caller, patient, RecordClass.VISITS) as whose:
            body = await reading.one_kept("visit", whose, row)
        return as_stored(request, body, VisitView)


class PatientConditions(Controller):
    path = "/v1/patients/{patient:str}/conditions"
    guards = [signed_in]
    tags = ["records"]

    @get()
    async def conditions(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Response[ConditionPage]:
        """List conditions, the newest first."""
        body = await reading.kept("condition", caller, patient_in_path(patient), limit, cursor)
        return as_stored(request, body, ConditionPage)

    @get("/{row:uuid}")
    async def condition(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        row: FromPath[UUID],
    ) -> Response[ConditionView]:
        """Read one of them."""
        async with record_of(caller, patient, RecordClass.CONDITIONS) as whose:
            body = await reading.one_kept("condition", whose, row)
        return as_stored(request, body, ConditionView)


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
        return as_stored(request, body, AllergyPage)

    @get("/{row:uuid}")
    async def allergy(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        row: FromPath[UUID],
    ) -> Response[AllergyView]:
        """Read one of them."""
        async with record_of(caller, patient, RecordClass.ALLERGIES) as whose:
            body = await reading.one_kept("allergy", whose, row)
        return as_stored(request, body, AllergyView)


class PatientImmunisations(Controller):
    path = "/v1/patients/{patient:str}/immunisations"
    guards = [signed_in]
    tags = ["records"]

    @get()
    async def immunisations(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Response[ImmunisationPage]:
        """List immunisations, the newest first."""
        body = await reading.kept("immunisation", caller, patient_in_path(patient), limit, cursor)
        return as_stored(request, body, ImmunisationPage)

    @get("/{row:uuid}")
    async def immunisation(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        row: FromPath[UUID],
    ) -> Response[ImmunisationView]:
        """Read one of them."""
        async with record_of(caller, patient, RecordClass.IMMUNISATIONS) as whose:
            body = await reading.one_kept("immunisation", whose, row)
        return as_stored(request, body, ImmunisationView)


class PatientObservations(Controller):
    path = "/v1/patients/{patient:str}/observations"
    guards = [signed_in]
    tags = ["records"]

    @get()
    async def observations(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Response[ObservationPage]:
        """List what was measured, the newest first."""
        body = await reading.observations(caller, patient_in_path(patient), limit, cursor)
        return as_stored(request, body, ObservationPage)
