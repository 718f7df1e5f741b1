"""Says which formats the FHIR door speaks: JSON of R4 and no other (R4, http.html#mime-type)."""

from collections.abc import Awaitable, Iterable
from email.message import Message
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from backend.core.errors import HubError

_FORMAT: Final = "_format"
_SPOKEN: Final = frozenset({"application/fhir+json", "application/json", "text/json"})
_RANGES: Final = frozenset({"*/*", "application/*"})
_WORDS: Final = frozenset({"json"})
"""What `_format` may say besides media types (R4, http.html#parameters)."""
_RELEASES: Final = frozenset({"", "4.0", "4.0.1"})
"""What `fhirVersion` may say; without it, the release of the address is meant."""


class NotAcceptable(HubError):
    """This address answers in application/fhir+json of FHIR R4, and in nothing else."""

    code = "not_acceptable"
    status = 406


def only_json(app: ASGIApp) -> ASGIApp:
    """Wrap routes that answer in FHIR: whoever wants another format gets none of it."""

    def guarded(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == ScopeType.HTTP:
            asked: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
            formats = asked.query_params.getall(_FORMAT, [])
            if not is_spoken(asked.headers.getall("accept", []), formats):
                raise NotAcceptable
        return app(scope, receive, send)

    return guarded


def is_spoken(accepts: Iterable[str], formats: Iterable[str]) -> bool:
    """Say whether the caller takes JSON of R4; `_format` goes before `Accept`.

    What names no media type at all says nothing: nobody's results are refused for that.
    """
    asked = [_of_address(text) for text in formats if text]
    if asked:
        return any(_is_json(text) or text.strip().lower() in _WORDS for text in asked)
    named = [text for line in accepts for text in line.split(",") if "/" in text]
    return not named or any(map(_is_json, named))


def is_of_r4(content_type: str) -> bool:
    """Say whether a media type names no other release of FHIR than this one."""
    return _read(content_type)[1] in _RELEASES


def _is_json(text: str) -> bool:
    media_type, release, quality = _read(text)
    return media_type in _SPOKEN | _RANGES and release in _RELEASES and quality > 0


def _read(text: str) -> tuple[str, str, float]:
    """Read the media type, the release of FHIR and the weight of one part of `Accept`."""
    header = Message()
    header["content-type"] = text.strip()
    release, weight = (str(header.get_param(name, "")).strip() for name in ("fhirVersion", "q"))
    try:
        quality = float(weight or 1)
    except ValueError:
        quality = 1.0
    return header.get_content_type(), release, quality


def _of_address(text: str) -> str:
    """Give back the plus sign, which an address reads as a blank when it is not encoded."""
    return text.replace("fhir json", "fhir+json").replace("fhir xml", "fhir+xml")
