"""Signing in and out, the patient's own phones, and the profile."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Request, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT
from msgspec import Meta, Struct

from backend.auth import devices, sessions, sign_in
from backend.auth.gate import Caller
from backend.auth.guards import address_of, signed_in
from backend.auth.profile import profile
from backend.errors import NotFound
from backend.guards import open_to_all

Short = Annotated[str, Meta(max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")]
AnyRequest = Request[Any, Any, Any]


class CodeWanted(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    citizen_id: Annotated[str, Meta(max_length=40)]


class CodeAskedView(Struct, frozen=True, rename="camel"):
    challenge_id: UUID
    expires_at: datetime
    resend_after: int
    """Seconds until another code may be asked for."""


class DeviceIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    platform: Literal["android", "ios"]
    model: Short = ""
    name: Short = ""


class CodeShown(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    challenge_id: UUID
    code: Annotated[str, Meta(max_length=6, pattern=r"^[0-9]{6}$")]
    device: DeviceIn


class TokensView(Struct, frozen=True, rename="camel"):
    access_token: str
    refresh_token: str
    expires_in: int
    """Seconds the access token is good for."""
    token_type: str
    level: str


class RefreshIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    refresh_token: Annotated[str, Meta(max_length=200)]


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


class ProfileView(Struct, frozen=True, rename="camel"):
    id: UUID
    name: str
    birth_date: str | None
    """Partial where that is all that is known: 1953 or 1953-05."""
    sex: str
    language: str


class SignIn(Controller):
    path = "/v1/sign-in"
    guards = [open_to_all]
    tags = ["sign-in"]

    @post("/codes", status_code=HTTP_202_ACCEPTED)
    async def ask_for_code(self, data: JSONBody[CodeWanted], request: AnyRequest) -> CodeAskedView:
        """Ask for a code on the phone on file. The answer is the same for everybody."""
        asked = await sign_in.ask_for_code(data.citizen_id, address_of(request))
        return CodeAskedView(asked.challenge, asked.expires_at, asked.resend_after)

    @post("/sessions")
    async def open_session(self, data: JSONBody[CodeShown], request: AnyRequest) -> TokensView:
        """Show the code that came. It works once."""
        on = devices.DeviceDetails(data.device.platform, data.device.model, data.device.name)
        return _tokens(
            await sign_in.open_session(data.challenge_id, data.code, on, address_of(request))
        )

    @post("/refresh", status_code=HTTP_200_OK)
    async def refresh(self, data: JSONBody[RefreshIn], request: AnyRequest) -> TokensView:
        """Get the next tokens. A refresh token works once; shown again, it ends the session."""
        return _tokens(await sessions.refresh(data.refresh_token, address_of(request)))


class SignOut(Controller):
    path = "/v1/sign-out"
    guards = [signed_in]
    tags = ["sign-in"]

    @post(status_code=HTTP_204_NO_CONTENT)
    async def sign_out(self, caller: NamedDependency[Caller]) -> None:
        """End this session, here and at once."""
        await sessions.sign_out(caller)


class MyDevices(Controller):
    path = "/v1/me/devices"
    guards = [signed_in]
    tags = ["devices"]

    @get()
    async def devices(self, caller: NamedDependency[Caller]) -> DevicePage:
        """My phones that are signed in."""
        return DevicePage([_device(each) for each in await devices.my_devices(caller)])

    @put("/current/push-token", status_code=HTTP_204_NO_CONTENT)
    async def push_token(
        self, caller: NamedDependency[Caller], data: JSONBody[PushTokenIn]
    ) -> None:
        """Send my pushes to this phone, and no longer those of whoever used it before."""
        await devices.keep_push_token(caller, data.token)


class Patients(Controller):
    path = "/v1/patients"
    guards = [signed_in]
    tags = ["profile"]

    @get("/{patient:str}")
    async def profile(self, caller: NamedDependency[Caller], patient: FromPath[str]) -> ProfileView:
        """Read who I am, or who somebody is that lets me read: `me` or an id."""
        found = await profile(caller, patient_in_path(patient))
        return ProfileView(found.id, found.name, found.birth_date, found.sex, found.language)


def patient_in_path(text: str) -> UUID | None:
    """Read `me` as nobody else than the caller, anything that is no id as a stranger.

    Raises:
        NotFound: neither `me` nor an id.
    """
    try:
        return None if text == "me" else UUID(text)
    except ValueError as malformed:
        raise NotFound from malformed


def _tokens(opened: sessions.Opened) -> TokensView:
    return TokensView(
        access_token=opened.access_token,
        refresh_token=opened.refresh_token,
        expires_in=opened.expires_in,
        token_type="Bearer",  # noqa: S106  # the name of a scheme, not a secret
        level=opened.level.value,
    )


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
