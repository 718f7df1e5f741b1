"""The bare comparators of sending: Twilio's and Firebase's own asynchronous clients, and no hub."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from statistics import quantiles
from typing import Final

import firebase_admin
import httpx
import msgspec
from firebase_admin import credentials, messaging
from twilio.http.async_http_client import (  # type: ignore[import-untyped]  # twilio has no types
    AsyncTwilioHttpClient,
)
from twilio.rest import Client  # type: ignore[import-untyped]  # the same

TEXT: Final = "BV DO: Co ket qua xet nghiem moi. Xem trong ung dung So Suc Khoe. Ma: ABCDE"


class SentBare(msgspec.Struct):
    """What one run of a bare client cost."""

    p50: float
    p99: float
    """Milliseconds of one call."""
    processor_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BareSending:
    """What a bare client sends, and to whom."""

    provider: str
    """The address of the peer."""
    account: str
    """The file of the service account that Firebase's client reads."""
    count: int
    in_flight: int
    latency_ms: float
    """Of the peer, which forgets what came before the clock runs."""


async def texts(sending: BareSending) -> SentBare:
    """Send texts with Twilio's client, so many calls open at once."""
    provider = sending.provider
    async with AsyncTwilioHttpClient() as http:
        client = Client("AC" + "0" * 32, "bench", http_client=http)
        client.api.base_url = provider

        async def send(n: int) -> None:
            await client.messages.create_async(
                to=f"+84901{n:06}", from_="BV DO", body=TEXT, validity_period=3600,
                status_callback=f"{provider}/receipts/{n}",
            )  # fmt: skip

        return await _timed(send, sending)


async def pushes(sending: BareSending) -> SentBare:
    """Send pushes with firebase-admin's asynchronous sender, so many calls open at once."""
    app = firebase_admin.initialize_app(credentials.Certificate(sending.account))
    service = messaging._get_messaging_service(app)  # noqa: SLF001  # it has no option for the address
    service._fcm_url = service._fcm_url.replace("https://fcm.googleapis.com", sending.provider)  # noqa: SLF001  # the same

    async def send(n: int) -> None:
        message = messaging.Message(
            token=f"token-{n:012}", data={"notification": f"{n:032x}"},
            notification=messaging.Notification(title="BV DO", body=TEXT),
            android=messaging.AndroidConfig(priority="high", ttl=3600),
        )  # fmt: skip
        answer = await messaging.send_each_async([message], app=app)
        if answer.failure_count:
            raise answer.responses[0].exception

    return await _timed(send, sending)


async def _timed(send: Callable[[int], Awaitable[None]], sending: BareSending) -> SentBare:
    """Send one after the other in so many lanes, when each of them is connected."""
    await asyncio.gather(*(send(n) for n in range(sending.in_flight)))
    async with httpx.AsyncClient(base_url=sending.provider) as http:
        (await http.post(f"/forget/{sending.latency_ms / 1000}")).raise_for_status()
    numbers, took = iter(range(1, sending.count + 1)), list[float]()
    spent = time.process_time()
    await asyncio.gather(*(_lane(send, numbers, took) for _ in range(sending.in_flight)))
    spent = time.process_time() - spent
    cut = quantiles(took, n=100)
    return SentBare(cut[49] * 1000, cut[98] * 1000, spent)


async def _lane(
    send: Callable[[int], Awaitable[None]], numbers: Iterator[int], took: list[float]
) -> None:
    for n in numbers:
        begun = time.perf_counter()
        await send(n)
        took.append(time.perf_counter() - begun)
