"""The bare comparator of an import: parses each file's JSON and inserts a row for each resource."""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time

import asyncpg
import msgspec

from backend.bench.bare.bare_bundle import SQL, TABLE
from backend.core.database import new_id


class ImportedBare(msgspec.Struct):
    """What the bare import cost, without the start of its process."""

    seconds: float
    processor_seconds: float


async def import_bare(database_url: str, files: Sequence[Path]) -> ImportedBare:
    """Insert what files of Bundles hold, a transaction a file."""
    begun, spent = perf_counter(), process_time()
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(TABLE)
        for file in files:
            entries = msgspec.json.decode(file.read_bytes())["entry"]
            await connection.executemany(
                SQL,
                [
                    (new_id(), entry["resource"]["resourceType"],
                     msgspec.json.encode(entry["resource"]).decode())
                    for entry in entries
                ],
            )  # fmt: skip
    finally:
        await connection.close()
    return ImportedBare(perf_counter() - begun, process_time() - spent)
