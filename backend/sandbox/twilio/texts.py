"""The texts that Twilio has accepted, and their JSON."""

import math
import secrets
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from backend.core.clock import now

MOST = 100_000
API_VERSION = "2010-04-01"

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")


@dataclass(slots=True, kw_only=True)
class Text:
    to: str
    body: str
    sender: str | None = None
    service: str | None = None
    callback: str | None = None
    status: str = "queued"
    error_code: int | None = None
    sid: str = field(default_factory=lambda: f"SM{secrets.token_hex(16)}")
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
    sent_at: datetime | None = None
    """Empty while queued, as with the real one."""

    def move(self, status: str, error_code: int | None = None) -> None:
        self.status, self.error_code, self.updated_at = status, error_code, now()
        if status == "sent":
            self.sent_at = self.updated_at


class Texts:
    """A bounded list of texts: the oldest text is forgotten first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._by_sid: OrderedDict[str, Text] = OrderedDict()
        self._by_number: dict[str, deque[Text]] = {}

    def keep(self, text: Text) -> None:
        self._by_sid[text.sid] = text
        self._by_number.setdefault(text.to, deque()).append(text)
        if len(self._by_sid) > self._most:
            self._forget_oldest()

    def get(self, sid: str) -> Text | None:
        return self._by_sid.get(sid)

    def newest_first(self, to: str | None) -> Iterator[Text]:
        return reversed(self._by_sid.values() if to is None else self._by_number.get(to, deque()))

    def _forget_oldest(self) -> None:
        _, oldest = self._by_sid.popitem(last=False)
        of_number = self._by_number[oldest.to]
        of_number.popleft()
        if not of_number:
            del self._by_number[oldest.to]


def resource(text: Text, account_sid: str) -> dict[str, Any]:
    """Write a text as the Messages API does."""
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{text.sid}"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": text.body,
        "date_created": _rfc2822(text.created_at),
        "date_sent": _rfc2822(text.sent_at),
        "date_updated": _rfc2822(text.updated_at),
        "direction": "outbound-api",
        "error_code": text.error_code,
        "error_message": None,
        "from": text.sender,
        "messaging_service_sid": text.service,
        "num_media": "0",
        "num_segments": str(segments(text.body)),
        "price": None,
        "price_unit": "USD",
        "sid": text.sid,
        "status": text.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": text.to,
        "uri": f"{uri}.json",
    }


def _rfc2822(instant: datetime | None) -> str | None:
    return None if instant is None else format_datetime(instant)


def segments(text: str) -> int:
    """Count the segments: 160 or 153 letters of GSM-7 each, else 70 or 67 units of UTF-16."""
    if all(letter in _BASIC or letter in _EXTENDED for letter in text):
        return _parts(sum(2 if letter in _EXTENDED else 1 for letter in text), 160, 153)
    return _parts(len(text.encode("utf-16-le")) // 2, 70, 67)


def _parts(length: int, alone: int, joined: int) -> int:
    return 1 if length <= alone else math.ceil(length / joined)
