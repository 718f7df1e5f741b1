"""Metrics are shown on a listener of their own, and only under their one address."""

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
from structlog.testing import capture_logs

from backend.core.http.metrics_listener import bound, metrics_served
from backend.core.settings import load_settings
from tests.harness.processes.bounded_server import GET


@pytest.fixture
async def port() -> AsyncIterator[int]:
    listening = bound("127.0.0.1", 0)
    number: int = listening.getsockname()[1]
    async with metrics_served(listening):
        yield number


async def asked(port: int, method: str, path: str) -> httpx.Response:
    async with httpx.AsyncClient() as scraper:
        return await scraper.request(method, f"http://127.0.0.1:{port}{path}")


async def test_a_scraper_gets_the_text_of_prometheus(port: int) -> None:
    answer = await asked(port, "GET", "/metrics?a=1")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "# TYPE hub_requests_total counter" in answer.text


async def test_head_has_the_length_and_no_body(port: int) -> None:
    answer = await asked(port, "HEAD", "/metrics")

    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 1000


@pytest.mark.parametrize("path", ["/", "/metrics/", "/%6Detrics", "/Metrics", "/health/live"])
async def test_nothing_else_is_there(port: int, path: str) -> None:
    assert (await asked(port, "GET", path)).status_code == 404


async def test_another_method_is_told_which_there_are(port: int) -> None:
    answer = await asked(port, "POST", "/metrics")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_a_taken_port_is_said_and_keeps_nobody_from_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, capture_logs() as lines:
        with monkeypatch.context() as patch:
            patch.setenv("HUB_METRICS_PORT", str(other.getsockname()[1]))
            load_settings.cache_clear()
            async with metrics_served():
                pass
        load_settings.cache_clear()

    assert [line["event"] for line in lines] == ["metrics_not_served"]


async def test_the_listener_is_gone_afterwards_also_for_who_stayed() -> None:
    listening = bound("127.0.0.1", 0)
    port = listening.getsockname()[1]
    async with metrics_served(listening):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET)
        await reader.readuntil(b"404")

    async with asyncio.timeout(10):
        assert b"200" not in await reader.read()
    writer.close()
    with pytest.raises(OSError, match="Connect"):
        await asyncio.open_connection("127.0.0.1", port)
