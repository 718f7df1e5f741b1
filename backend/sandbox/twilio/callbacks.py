"""Delivers accepted texts to the phones, and sends signed status callbacks."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # no types
from yarl import URL

from backend.sandbox.twilio.numbers import UNDELIVERED
from backend.sandbox.twilio.texts import API_VERSION, Text

CARRIERS = 16
MOST_WAITING = 100_000
TRIES = 3
PATIENCE = aiohttp.ClientTimeout(total=5)
PAUSE = 0.25
"""Seconds before the second try; the third waits twice as long."""


class Callbacks:
    def __init__(self, account_sid: str, auth_token: str) -> None:
        self._account_sid = account_sid
        self._validator = RequestValidator(auth_token)
        self._waiting: asyncio.Queue[Text] = asyncio.Queue(MOST_WAITING)

    def carry(self, text: Text) -> None:
        """Deliver a text in the background; if too many are open, it stays queued."""
        with suppress(asyncio.QueueFull):
            self._waiting.put_nowait(text)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(timeout=PATIENCE) as session:
            carriers = [asyncio.create_task(self._carry_on(session)) for _ in range(CARRIERS)]
            try:
                yield
            finally:
                for carrier in carriers:
                    carrier.cancel()
                await asyncio.gather(*carriers, return_exceptions=True)

    async def _carry_on(self, session: aiohttp.ClientSession) -> None:
        while True:
            text = await self._waiting.get()
            for status, code in _journey(text.to):
                text.move(status, code)
                if text.callback is not None:
                    await self._tell(session, text.callback, self._said(text))

    def _said(self, text: Text) -> dict[str, str]:
        said = {
            "AccountSid": self._account_sid,
            "ApiVersion": API_VERSION,
            "From": text.sender or "",
            "MessageSid": text.sid,
            "MessageStatus": text.status,
            "SmsSid": text.sid,
            "SmsStatus": text.status,
            "To": text.to,
        }
        return said if text.error_code is None else {**said, "ErrorCode": str(text.error_code)}

    async def _tell(self, session: aiohttp.ClientSession, url: str, said: dict[str, str]) -> None:
        headers = {
            "I-Twilio-Idempotency-Token": secrets.token_hex(16),
            "X-Twilio-Signature": self._validator.compute_signature(url, said),
        }
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(PAUSE * attempt)
            if await _posted(session, url, said, headers):
                return


def _journey(number: str) -> list[tuple[str, int | None]]:
    if number in UNDELIVERED:
        return [("queued", None), ("sent", None), ("undelivered", UNDELIVERED[number])]
    return [("queued", None), ("sent", None), ("delivered", None)]


async def _posted(
    session: aiohttp.ClientSession, url: str, said: dict[str, str], headers: dict[str, str]
) -> bool:
    """Post once; an answer below 500 is an answer."""
    address = URL(url, encoded=True)  # the signature is over these very characters
    try:
        async with session.post(
            address, data=said, headers=headers, allow_redirects=False
        ) as heard:
            return heard.status < 500  # noqa: PLR2004  # the first status worth another try
    except (aiohttp.ClientError, TimeoutError):
        return False


def is_loopback(url: str) -> bool:
    """Tell whether a callback stays on this machine: the sandbox calls no other."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return parts.scheme == "http" and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        return False
