"""Lets a command do one thing in the database and end."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from backend.database import close_pool, open_pool
from backend.errors import HubError
from backend.key_ring import load_ring
from backend.settings import load_settings

T = TypeVar("T")


def with_database(work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` with a pool open; what it refuses is said on one line and exits 1."""
    return _with_pool(load_settings().database_url, work)


def with_owner(work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` as somebody who may act as the owner of the database (HUB_DATABASE_OWNER_URL)."""
    return _with_pool(owner_url(), work)


def owner_url() -> str:
    url = os.environ.get("HUB_DATABASE_OWNER_URL")
    if not url:
        raise typer.BadParameter("HUB_DATABASE_OWNER_URL is not set")
    return url


def _with_pool(url: str, work: Callable[[], Awaitable[T]]) -> T:
    async def opened() -> T:
        await open_pool(url, size=2, process="hub-command")
        try:
            await load_ring()
            return await work()
        finally:
            await close_pool()

    try:
        return asyncio.run(opened())
    except HubError as refused:
        typer.echo(f"{refused.code}: {refused.message}", err=True)
        raise typer.Exit(1) from refused
