"""Sends texts to Twilio, and lists those that Twilio has accepted."""

import asyncio
from base64 import b64encode
from contextlib import aclosing
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import aiohttp
from twilio.base.exceptions import (  # type: ignore[import-untyped]  # twilio has no types
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped]  # the same
from twilio.http.response import Response  # type: ignore[import-untyped]  # the same
from twilio.rest import Client  # type: ignore[import-untyped]  # the same

from backend.gateways.outbound_call import Call, Failpoint, no_failpoint, outbound_call
from backend.gateways.sender import ListedText, ListingFailed, OutboundMessage, SendResult
from backend.gateways.transport import HttpTransport
from backend.gateways.twilio.error_codes import accepted, refused

LONGEST_LIFETIME = 36_000
"""Seconds: Twilio takes no longer validity period."""
PAGE = 50

_NO_ANSWER = (
    TwilioException, aiohttp.ClientError, OSError,
    ValueError, LookupError, TypeError, AttributeError,
)  # fmt: skip
"""How a listing fails: no answer, a refusal, or one that is not what Twilio documents."""


class TwilioSms:
    """Sends each text with one request; a repeated POST would send a second text."""

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        sender_id: str,
        base_url: str,
        receipts_url: str,
        timeout: float = 10.0,
        in_flight: int = 200,
        failpoint: Failpoint = no_failpoint,
    ) -> None:
        self._wire = HttpTransport(base_url, answer_seconds=timeout, in_flight=in_flight)
        client = Client(account_sid, auth_token, http_client=_OnOurWire(self._wire))
        self._messages = client.messages  # imports 95 modules: not while a first text's time runs
        self._sender_id = sender_id
        self._receipts_url = receipts_url.rstrip("/")
        self._timeout = timeout
        self._failpoint = failpoint

    async def send(
        self, address: str, message: OutboundMessage, *, attempt: UUID, wire_deadline: float
    ) -> SendResult:
        with outbound_call(Call(attempt, wire_deadline, self._failpoint)) as call:
            try:
                taken = await self._messages.create_async(
                    to=address,
                    from_=self._sender_id,
                    body=message.text,
                    status_callback=f"{self._receipts_url}/{attempt}",
                    validity_period=max(1, min(message.lifetime, LONGEST_LIFETIME)),
                )
                return accepted(taken.sid)
            except (TwilioRestException, TwilioServiceException) as refusal:
                return refused(refusal.code, call)
            except Exception as surprise:  # noqa: BLE001  # one provider's bug must not stop the rest
                return call.in_doubt(surprise)

    async def listed(self, address: str, since: datetime) -> list[ListedText]:
        found: list[ListedText] = []
        oldest = since.replace(microsecond=0)  # Twilio's times have no fractions
        try:
            async with asyncio.timeout(self._timeout):
                pages = await self._messages.stream_async(to=address, page_size=PAGE)
                async with aclosing(pages):
                    async for record in pages:
                        entry = _listed(record)
                        if entry.created_at < oldest:
                            break
                        found.append(entry)
        except _NO_ANSWER as failure:
            # Its text may hold the number asked for.
            raise ListingFailed(type(failure).__name__) from None
        return found

    async def close(self) -> None:
        await self._wire.close()


def _listed(record: Any) -> ListedText:
    if not isinstance(record.date_created, datetime):
        raise ValueError("a listed message without a date")  # noqa: TRY004  # an answer, not a bug
    return ListedText(record.sid, record.body or "", record.status or "", record.date_created)


class _OnOurWire(AsyncHttpClient):  # type: ignore[misc]  # twilio has no types
    """Carries what Twilio's client asks for, once, with no log of numbers or texts."""

    def __init__(self, wire: HttpTransport) -> None:
        super().__init__(None, is_async=True)
        self._wire = wire

    async def request(  # noqa: PLR0917  # Twilio's signature
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002  # ours is the wire's
        allow_redirects: bool = False,  # noqa: FBT001, FBT002, ARG002  # never
    ) -> Response:
        answer = await self._wire.exchange(
            method.upper(),
            uri,
            headers={**(headers or {}), **_basic(auth)},
            params={key: str(value) for key, value in (params or {}).items()},
            body=urlencode(data, doseq=True).encode() if data else None,
        )
        text = answer.body.decode("utf-8", "replace")
        return Response(answer.status, text, answer.headers)


def _basic(auth: tuple[str, str] | None) -> dict[str, str]:
    if auth is None:
        return {}
    return {"Authorization": "Basic " + b64encode(":".join(auth).encode()).decode()}
