"""Routes for step-up, which opens restricted records for a short time.

Lists never say that there are restricted records, so an app always offers step-up.
"""

from datetime import datetime
from uuid import UUID

from litestar import Controller, delete, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED
from msgspec import Struct

from backend.auth.access.gate import Caller
from backend.auth.access.guards import signed_in
from backend.auth.self_service import step_up
from backend.auth.self_service.phones_api import PhoneCodeShown


class StepUpCodeView(Struct, frozen=True, rename="camel"):
    challenge_id: UUID
    expires_at: datetime
    resend_after: int
    """Seconds until another code may be asked for."""


class SteppedUpView(Struct, frozen=True, rename="camel"):
    stepped_up_until: datetime
    """Until then protected records are shown too, on this phone."""
    charts: list[UUID]
    """Of these charts: those with the number that the code went to."""


class MyStepUp(Controller):
    path = "/v1/me/step-up"
    guards = [signed_in]
    tags = ["sessions"]

    @post("/codes", status_code=HTTP_202_ACCEPTED)
    async def ask_for_code(
        self, caller: NamedDependency[Caller], chart: FromQuery[UUID | None] = None
    ) -> StepUpCodeView:
        """Have a code sent to the number of my chart, to see my protected records."""
        sent = await step_up.ask_for_code(caller, chart)
        return StepUpCodeView(sent.challenge, sent.expires_at, sent.resend_after)

    @post(status_code=HTTP_200_OK)
    async def step_up(
        self, caller: NamedDependency[Caller], data: JSONBody[PhoneCodeShown]
    ) -> SteppedUpView:
        """Prove with the code who I am; protected records are shown for a quarter of an hour."""
        until, charts = await step_up.step_up(caller, data.challenge_id, data.code)
        return SteppedUpView(until, charts)

    @delete()
    async def step_down(self, caller: NamedDependency[Caller]) -> None:
        """Hide them again at once."""
        await step_up.step_down(caller)
