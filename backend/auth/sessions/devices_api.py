"""Routes for a patient's own phones: list, sign out, push token."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_204_NO_CONTENT
from msgspec import Meta, Struct

from backend.auth.access.gate import Caller
from backend.auth.access.guards import signed_in
from backend.auth.sessions import devices, manage_sessions


class PushTokenIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    token: Annotated[str, Meta(min_length=1, max_length=4096, pattern=r"^[\x21-\x7e]+$")]


class DeviceView(Struct, frozen=True, rename="camel"):
    id: UUID
    platform: str
    model: str
    name: str
    created_at: datetime
    seen_at: datetime
    current: bool
    gets_push: bool


class DevicePage(Struct, frozen=True, rename="camel"):
    items: list[DeviceView]
    next_cursor: str | None = None


class MyDevices(Controller):
    path = "/v1/me/devices"
    guards = [signed_in]
    tags = ["devices"]

    @get()
    async def devices(self, caller: NamedDependency[Caller]) -> DevicePage:
        """List my phone, and those that are signed in to a chart of mine."""
        return DevicePage([_device(device) for device in await devices.my_devices(caller)])

    @delete("/{device:uuid}")
    async def end_device(self, caller: NamedDependency[Caller], device: FromPath[UUID]) -> None:
        """Sign my charts out on a phone; it gets no more pushes about them."""
        await manage_sessions.end_device(caller, device)

    @put("/current/push-token", status_code=HTTP_204_NO_CONTENT)
    async def push_token(
        self, caller: NamedDependency[Caller], data: JSONBody[PushTokenIn]
    ) -> None:
        """Send pushes to this phone, for all who are signed in on it."""
        await devices.keep_push_token(caller, data.token)


def _device(mine: devices.MyDevice) -> DeviceView:
    return DeviceView(
        id=mine.id,
        platform=mine.platform,
        model=mine.model,
        name=mine.name,
        created_at=mine.created_at,
        seen_at=mine.seen_at,
        current=mine.current,
        gets_push=mine.gets_push,
    )
