"""Commands of the hub, as an operator runs them."""

import os
import sys
from asyncio.subprocess import PIPE, STDOUT, create_subprocess_exec
from pathlib import Path

from tests.conftest import Database


async def hub(command: list[str], database: Database, **more: str) -> tuple[int, str]:
    """Run a command; give its exit code and all that it said."""
    environment = {
        "HUB_DATABASE_URL": database.servers.database_url("hub_api"),
        "HUB_REDIS_URL": database.servers.redis_url,
        "HUB_MASTER_KEYS": os.environ["HUB_MASTER_KEYS"],
    }
    process = await create_subprocess_exec(
        Path(sys.executable).with_name("hub"), *command, env=environment | more,
        stdout=PIPE, stderr=STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()
