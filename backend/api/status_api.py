"""Tells everybody what is late now and since when, for the banner of an app."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from litestar import Controller, MediaType, Request, Response, get
from msgspec import Struct

from backend.core.database import fetch
from backend.core.http.etag import AnyRequest, conditional_on, weak_tag
from backend.core.http.public import open_to_all
from backend.core.i18n import Accepted, Language, LocalText, accepted_by, labels, preferred
from backend.core.settings import load_settings
from backend.notifications.kinds import Lane

MESSAGES_LATE_AFTER: Final = timedelta(minutes=10)
"""So long the oldest message that is due may wait: on a good day it is under a second."""
KEPT_SECONDS: Final = 5.0
"""A process asks the database no more often, however many ask it."""
SHARED: Final = "public, max-age=15"

FACILITY: Final = LocalText(
    "{name}: chưa có dữ liệu mới từ {since}. Hồ sơ có thể thiếu thông tin gần đây.",
    "{name}: nothing new has come since {since}. Records may lack what is recent.",
)
MESSAGES: Final = LocalText(
    "Tin nhắn và thông báo đang bị chậm từ {since}. Hãy mở ứng dụng để xem tin mới.",
    "Messages have been delayed since {since}. Open the app to see what is new.",
)


class LateView(Struct, frozen=True, rename="camel"):
    upstream: Literal["facility", "messages"]
    name: str | None
    """Which facility."""
    since: datetime
    """When it was last heard, or when the oldest message that waits was due."""
    text: str
    """What may be shown as it is."""


class StatusView(Struct, frozen=True, rename="camel"):
    state: Literal["ok", "delayed"]
    items: list[LateView]


@dataclass(frozen=True, slots=True)
class Late:
    upstream: Literal["facility", "messages"]
    name: str | None
    since: datetime


@dataclass
class Board:
    """The late systems, cached for some seconds; concurrent requests share one query."""

    kept_seconds: float = KEPT_SECONDS
    _late: list[Late] = field(default_factory=list)
    _until: float = 0.0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def late(self) -> list[Late]:
        async with self._turn:
            if monotonic() >= self._until:
                self._late = await what_is_late()
                self._until = monotonic() + self.kept_seconds
            return self._late


class StatusPage(Controller):
    path = "/v1/status"
    guards = [open_to_all]
    tags = ["operations"]

    @get()
    async def status(
        self,
        request: Request[Any, Any, Any],
        accept_language: Accepted = None,  # noqa: ARG002  # for the contract; it may come in lines
    ) -> Response[StatusView]:
        """List hospitals that have been silent for too long, and say whether messages wait."""
        language = preferred(accepted_by(request))
        view = status_view(await request.app.state.board.late(), language)
        return _shared(request, msgspec.json.encode(view), language)


async def what_is_late() -> list[Late]:
    rows = await fetch(
        "SELECT upstream, name, since FROM hub_late($1, $2)", list(Lane), MESSAGES_LATE_AFTER
    )
    return [Late(**row) for row in rows]


def status_view(late: list[Late], language: Language) -> StatusView:
    zone = ZoneInfo(load_settings().timezone)
    return StatusView(
        "delayed" if late else "ok",
        [LateView(entry.upstream, entry.name, entry.since, _text(entry, language, zone))
         for entry in late],
    )  # fmt: skip


def _text(late: Late, language: Language, zone: ZoneInfo) -> str:
    words = FACILITY if late.upstream == "facility" else MESSAGES
    at = late.since.astimezone(zone)
    since = LocalText(f"{at:%H:%M} ngày {at:%d/%m/%Y}", f"{at:%H:%M} on {at:%d/%m/%Y}")
    return words.said_in(language).format(name=late.name, since=since.said_in(language))


def _shared(request: AnyRequest, body: bytes, language: Language) -> Response[StatusView]:
    """Give it to be kept by anybody for a moment, or 304 to who has it."""
    headers = {"Cache-Control": SHARED, **labels(language)}
    return conditional_on(request, body, weak_tag(body), MediaType.JSON, headers)
