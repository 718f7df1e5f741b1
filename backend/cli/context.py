"""Runs the work of one command with a connection to the database."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar

import asyncpg
import typer

from backend.core.crypto.key_ring import load_ring
from backend.core.crypto.sealing import UnreadableSeal
from backend.core.database import close_pool, open_pool
from backend.core.errors import HubError
from backend.core.settings import OwnerSettings, load_settings

T = TypeVar("T")
UNITS: Final = {"d": "days", "h": "hours", "m": "minutes"}


def span(text: str) -> timedelta:
    """Read a duration: 7d, 12h, 30m, or 0.

    Raises:
        BadParameter: written otherwise.
    """
    written = re.fullmatch(r"(?P<count>\d{1,4})(?P<unit>[dhm])|0", text, re.ASCII)
    if written is None:
        raise typer.BadParameter("a time is written as 7d, 12h or 30m")
    return timedelta(**{UNITS[written["unit"] or "d"]: int(written["count"] or 0)})


def in_database(work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` with an open pool; what goes wrong is said on one line, without a value."""
    return _with_pool(load_settings().database_url, work)


def with_owner(work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` with the rights of the database's owner (HUB_DATABASE_OWNER_URL)."""
    return _with_pool(owner_url(), work)


def owner_url() -> str:
    url = OwnerSettings().database_owner_url
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
    except (asyncpg.DataError, UnicodeEncodeError) as unstorable:
        raise typer.BadParameter("a value is too long, too large, or not UTF-8") from unstorable
    except UnreadableSeal as unreadable:
        typer.echo("HUB_MASTER_KEYS does not open the keys of this database", err=True)
        raise typer.Exit(1) from unreadable
