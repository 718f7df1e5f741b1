"""Conditional answers: an ETag on each, and 304 if the app has it already (RFC 9110, 13)."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, TypeVar

from litestar import MediaType, Request, Response
from litestar.status_codes import HTTP_200_OK, HTTP_304_NOT_MODIFIED

View = TypeVar("View")
AnyRequest = Request[Any, Any, Any]

_OF_ONE_READER: Final = "private, no-cache"
_ANY: Final = "*"
_OPAQUE: Final = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')
"""The part of a tag that counts in a weak comparison (RFC 9110, 8.8.3); it may hold commas."""


def weak_tag(body: bytes) -> str:
    """Make a tag that is equal for answers with equal content."""
    return f'W/"{sha256(body).hexdigest()[:32]}"'


def conditional(request: AnyRequest, body: bytes, _: type[View]) -> Response[View]:
    """Give the stored text, or 304 to an app that has it."""
    return conditional_on(request, body, weak_tag(body), MediaType.JSON)


def conditional_on(
    request: AnyRequest,
    body: bytes,
    tag: str,
    media_type: str,
    headers: Mapping[str, str] | None = None,
) -> Response[Any]:
    """Give a body under this tag; apps must revalidate it unless `headers` say otherwise."""
    same = is_known(request, tag)
    return Response(
        b"" if same else body,
        status_code=HTTP_304_NOT_MODIFIED if same else HTTP_200_OK,
        media_type=media_type,
        headers={**tagged(tag), **(headers or {})},
    )


def is_known(request: AnyRequest, tag: str) -> bool:
    """Tell whether the app says that it has the content with this tag.

    Tags are compared weakly, and `*` is known wherever there is content (RFC 9110, 13.1.2).
    """
    said = ", ".join(request.headers.getall("if-none-match", []))
    if said.strip() == _ANY:
        return True
    return tag.removeprefix("W/") in _OPAQUE.findall(said)


def tagged(tag: str) -> dict[str, str]:
    """Give the headers of an answer with this tag, which apps must revalidate."""
    return {"ETag": tag, "Cache-Control": _OF_ONE_READER}
