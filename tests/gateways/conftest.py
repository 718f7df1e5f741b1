"""Peers and adapters, closed again after each test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from backend.gateways.fcm.push import Fcm
from backend.gateways.sender import Sender
from tests.harness.peers.raw_http import Peer, Reply, a_peer
from tests.harness.providers import (
    PHONE,
    PUSH_TOKEN,
    PUSHED,
    Provider,
    a_private_key,
    a_service_account,
    a_token,
    fcm_at,
    fcm_error,
    fcm_says,
    twilio_at,
    twilio_says,
)

MakeProvider = Callable[..., Awaitable[Provider]]


@pytest.fixture(scope="session")
def private_key() -> str:
    return a_private_key()


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with a_peer() as peer:
        yield peer


@pytest.fixture
async def google() -> AsyncIterator[Peer]:
    """Where a service account fetches its access tokens."""
    async with a_peer() as peer:
        peer.says(a_token())
        yield peer


@pytest.fixture
def key_file(tmp_path: Path, private_key: str, google: Peer) -> Path:
    return a_service_account(tmp_path, private_key, google)


@pytest.fixture
async def fcm(peer: Peer, key_file: Path) -> AsyncIterator[Fcm]:
    peer.says(PUSHED)
    fcm = fcm_at(peer, key_file)
    yield fcm
    await fcm.close()


@pytest.fixture(params=["twilio", "fcm"])
async def make_provider(
    request: pytest.FixtureRequest, peer: Peer, key_file: Path
) -> AsyncIterator[MakeProvider]:
    """Build either adapter with a test's own options."""
    made: list[Sender] = []

    async def make(**options: object) -> Provider:
        build = _twilio if request.param == "twilio" else _fcm
        provider = build(peer, key_file, **options)
        peer.says(provider.yes)
        made.append(provider.sender)
        return provider

    yield make
    for sender in made:
        await sender.close()


@pytest.fixture
async def provider(make_provider: MakeProvider) -> Provider:
    return await make_provider()


def _twilio(peer: Peer, _: Path, **options: object) -> Provider:
    nos = {
        401: twilio_says(401, 20003).body,
        429: twilio_says(429, 20429).body,
        500: twilio_says(500, 20500).body,
        503: twilio_says(503, 20503).body,
    }
    yes = Reply(201, {"sid": "SM1", "status": "queued"})
    sender = twilio_at(peer, **options)  # type: ignore[arg-type]  # a test's own options
    return Provider(sender, peer, PHONE, yes, "SM1", nos)


def _fcm(peer: Peer, key_file: Path, **options: object) -> Provider:
    nos = {
        401: fcm_says(401, "UNAUTHENTICATED").body,
        429: fcm_says(429, "RESOURCE_EXHAUSTED", fcm_error("QUOTA_EXCEEDED")).body,
        500: fcm_says(500, "INTERNAL", fcm_error("INTERNAL")).body,
        503: fcm_says(503, "UNAVAILABLE", fcm_error("UNAVAILABLE")).body,
    }
    name = "projects/hub-test/messages/1"
    sender = fcm_at(peer, key_file, **options)  # type: ignore[arg-type]  # a test's own options
    return Provider(sender, peer, PUSH_TOKEN, Reply(200, {"name": name}), name, nos)
