"""The ways in that this hub offers: by text, by slip, and by VNeID where that is set up."""

from typing import Final

from litestar import Litestar
from msgspec import Struct


class Way(Struct, frozen=True, rename="camel"):
    """One way to sign in, and where it begins."""

    kind: str
    path: str


CODE: Final = Way("code", "/v1/sign-in/codes")
SLIP: Final = Way("slip", "/v1/sign-in/activations")
VNEID: Final = Way("vneid", "/v1/sign-in/vneid")
WAYS: Final = (CODE, SLIP, VNEID)
"""In the order in which apps show them; `docs/ways_in.md` says what each is worth."""


def offered(app: Litestar) -> list[Way]:
    """List the ways whose door is there; VNeID only where its provider is configured."""
    doors = {route.path for route in app.routes}
    there = [way for way in WAYS if way.path in doors]
    if app.state.get("identity_verifier") is None:
        there = [way for way in there if way is not VNEID]
    return there
