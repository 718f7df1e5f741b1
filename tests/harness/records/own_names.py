"""Finds what is stored by what its sender calls it: the hub itself has only a hash of that."""

from collections.abc import Iterable, Sequence
from typing import Any

from backend.core.crypto.name_hashes import hash_name
from tests.conftest import Database


async def hashed(database: Database, kind: str, name: str) -> str:
    """Hash a name of the only facility."""
    return hash_name(await database.owner.fetchval("SELECT id FROM facility"), kind, name)


def by_name(
    rows: Sequence[Any], kind: str, names: Iterable[str], column: str = "local_id"
) -> dict[str, Any]:
    """Give rows, each with its `facility`, by their senders' names, in the order of the names."""
    of = {(row["facility"], row[column]): row for row in rows}
    found = {
        name: of[facility, hash_name(facility, kind, name)]
        for name in names
        for facility in {row["facility"] for row in rows}
        if (facility, hash_name(facility, kind, name)) in of
    }
    assert len(found) == len(of), "a row has a name that is not among these"
    return found
