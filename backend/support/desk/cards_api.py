"""Routes for the card scanner of a desk."""

from typing import Annotated

from litestar import Controller, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta, Struct

from backend.support.audited_action import StaffCaller
from backend.support.desk.cards import CardView, card_shown
from backend.support.requests import Reason
from backend.support.rules import Action
from backend.support.staff.guards import signed_in_staff, staff_caller


class CardIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    text: Annotated[str, Meta(max_length=2000)]
    """As the scanner gave it."""
    reason: Reason = "the card was shown at the desk"


class CardDesk(Controller):
    path = "/support/v1/cards"
    tags = ["Support"]
    guards = [signed_in_staff]
    dependencies = {"staff": Provide(staff_caller, sync_to_thread=False)}
    cache_control = CacheControlHeader(no_store=True)

    @post(status_code=HTTP_200_OK, action=Action.READ_CARD)
    async def read(self, data: JSONBody[CardIn], staff: NamedDependency[StaffCaller]) -> CardView:
        """Read a citizen card's QR text to fill the form in. It proves nothing."""
        return await card_shown(staff, data.text, data.reason)
