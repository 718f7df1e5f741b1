"""`hub bench`: measures the hub on this machine, beside a bare comparator in the same run."""

import socket
import sys
from typing import Annotated

import typer

from backend.core import log as log_lines

bench = typer.Typer(no_args_is_help=True, help="What things cost, measured on this machine.")


@bench.command("read")
def bench_read(
    patients: int = 10_000,
    sessions: int = 1_000,
    rounds: int = 5,
    seconds: float = 2.0,
    sizes: Annotated[str, typer.Option(help="numbers of patients, as in 10000,100000")] = "",
) -> None:
    """Measure what a page of a record costs beside a bare route, or as patients become more."""
    from backend.bench.read import ReadSize, run, run_sizes  # noqa: PLC0415  # never in production

    size = ReadSize(patients=patients, sessions=sessions, rounds=rounds, seconds=seconds)
    sys.exit(run_sizes([int(count) for count in sizes.split(",")], size) if sizes else run(size))


@bench.command("sign-in")
def bench_sign_in(
    patients: int = 10_000, sessions: int = 1_500, rounds: int = 5, seconds: float = 2.0
) -> None:
    """Measure what going on with a refresh token costs beside a bare INSERT, in the same run."""
    from backend.bench.sign_in import SignInSize, run  # noqa: PLC0415  # never in production

    size = SignInSize(patients=patients, sessions=sessions, rounds=rounds, seconds=seconds)
    sys.exit(run(size))


@bench.command("accept")
def bench_accept(patients: int = 60_000, rounds: int = 5, seconds: float = 3.0) -> None:
    """Measure what an accepted event costs beside a bare INSERT, in the same run."""
    from backend.bench.sending import SendingSize, accept  # noqa: PLC0415  # never in production

    sys.exit(accept(SendingSize(patients=patients, rounds=rounds, seconds=seconds)))


@bench.command("intake")
def bench_intake(patients: int = 10_000, rounds: int = 5, seconds: float = 4.0) -> None:
    """Measure what a FHIR Bundle costs beside a route that inserts as many rows."""
    from backend.bench.sending import SendingSize, intake  # noqa: PLC0415  # never in production

    sys.exit(intake(SendingSize(patients=patients, rounds=rounds, seconds=seconds)))


@bench.command("bare", hidden=True)
def bench_bare(which: str, fd: Annotated[int, typer.Option()]) -> None:
    """Serve a bare comparator; a bench starts it."""
    import uvloop  # noqa: PLC0415  # the server's own

    from backend.api.server import serve_api  # noqa: PLC0415  # the same server as the API's
    from backend.bench.bares import BARES  # noqa: PLC0415  # never in production

    log_lines.configure("bare")
    uvloop.run(serve_api(BARES[which](), inherited=socket.socket(fileno=fd)))
