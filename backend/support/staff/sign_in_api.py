"""Routes to sign staff in and out."""

from typing import Any

from litestar import Controller, Request, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT
from msgspec import Struct

from backend.core.http.client_address import client_address
from backend.core.http.public import open_to_all
from backend.support.audited_action import StaffCaller
from backend.support.requests import Short
from backend.support.rules import Action
from backend.support.staff.guards import signed_in_staff, staff_caller
from backend.support.staff.sign_in import SignedIn, sign_in, sign_out


class StaffCredentials(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    name: Short
    password: Short
    totp: Short


class StaffSignInRoutes(Controller):
    path = "/support/v1"
    tags = ["Support"]
    guards = [open_to_all]
    cache_control = CacheControlHeader(no_store=True)

    @post("/sign-in", status_code=HTTP_200_OK)
    async def sign_in(
        self, data: JSONBody[StaffCredentials], request: Request[Any, Any, Any]
    ) -> SignedIn:
        return await sign_in(data.name, data.password, data.totp, client_address(request))


class StaffSignOut(Controller):
    path = "/support/v1"
    tags = ["Support"]
    guards = [signed_in_staff]
    dependencies = {"staff": Provide(staff_caller, sync_to_thread=False)}
    cache_control = CacheControlHeader(no_store=True)

    @post("/sign-out", status_code=HTTP_204_NO_CONTENT, action=Action.SIGN_OUT)
    async def sign_out(self, staff: NamedDependency[StaffCaller]) -> None:
        await sign_out(staff)
