"""Lets a command do one thing in the database and end."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from backend.database import close_pool, open_pool
from backend.errors import HubError
from backend.settings import load_settings

T = TypeVar("T")


def with_database(work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` with a pool open; what it refuses is said on one line and exits 1."""

    async def opened() -> T:
        await open_pool(load_settings().database_url, size=2, process="hub-command")
        try:
            return await work()
        finally:
            await close_pool()

    try:
        return asyncio.run(opened())
    except HubError as refused:
        typer.echo(f"{refused.code}: {refused.message}", err=True)
        raise typer.Exit(1) from refused
