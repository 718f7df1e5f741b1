"""Routes that verify a printed summary for the person who holds it."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Controller, MediaType, Request, Response, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta, Struct

from backend.core.http.client_address import client_address
from backend.core.http.public import open_to_all
from backend.records.summary.prints import printed_with
from backend.records.summary.verify_page import HEADERS, PAGE


class PrintCode(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    code: Annotated[str, Meta(max_length=60)]
    """As printed; case, spaces and dashes do not matter."""


class PrintedView(Struct, frozen=True, rename="camel"):
    """Facts about the print, none about the patient, whom the paper names."""

    printed_at: datetime
    valid_until: datetime
    sha256: str
    """Of the PDF, in hexadecimal."""


class PrintedSummaries(Controller):
    path = "/v1/printed-summaries"
    guards = [open_to_all]
    tags = ["summary"]
    cache_control = CacheControlHeader(no_store=True)

    @post("/checks", status_code=HTTP_200_OK)
    async def check(
        self, data: JSONBody[PrintCode], request: Request[Any, Any, Any]
    ) -> PrintedView:
        """Look up the code of a printed summary; 404 if it is unknown or too old."""
        known = await printed_with(data.code, client_address(request))
        return PrintedView(known.at, known.until, known.sha256.hex())


class PrintedPage(Controller):
    path = "/printed"
    guards = [open_to_all]
    include_in_schema = False

    @get(media_type=MediaType.HTML)
    async def page(self) -> Response[str]:
        return Response(PAGE, media_type=MediaType.HTML, headers=HEADERS)
