"""Deletes tombstones that no app needs any more."""

from datetime import timedelta
from typing import Final

from backend.core.database import fetch_value

KEPT_FOR: Final = timedelta(days=400)
"""Longer than an app is away. One that was away for longer reads all again."""
AT_ONCE: Final = 1000


async def purge_tombstones(older: timedelta = KEPT_FOR, most: int = AT_ONCE) -> int:
    """Delete some of the oldest, and note the last deleted change of each patient."""
    return int(await fetch_value("SELECT hub_purge_tombstones($1, $2)", older, most))
