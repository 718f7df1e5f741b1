"""A whole hub in processes of its own, started once for all stories."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from backend.sandbox.demo.demo import SETTINGS
from backend.sandbox.demo.whole_hub import WholeHub, whole_hub


@pytest.fixture(scope="session")
async def hub() -> AsyncIterator[WholeHub]:
    folder = Path(tempfile.mkdtemp(prefix="hub-story-"))
    async with whole_hub(folder, settings=SETTINGS) as running:
        yield running
    shutil.rmtree(folder)


@pytest.fixture
async def endpoint(hub: WholeHub) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=hub.api_url, timeout=10) as http:
        yield http


@pytest.fixture
async def phones(hub: WholeHub) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=hub.sandbox_url, timeout=10) as http:
        yield http
