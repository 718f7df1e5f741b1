"""`hub bench`: measures the hub on this machine, beside a bare comparator in the same run."""

import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from backend.core import log as log_lines

bench = typer.Typer(no_args_is_help=True, help="What things cost, measured on this machine.")

JsonFile = Annotated[
    Path | None, typer.Option("--json", help="Where the figures are written, too.")
]
Clients = Annotated[str, typer.Option(help="how many ask at once, as in 16,64")]
Before = Annotated[
    Path | None,
    typer.Option(
        exists=True, file_okay=False, resolve_path=True,
        help="A checkout of an older commit, set up.",
    ),
]  # fmt: skip
Rows = Annotated[
    int, typer.Option("--sizes", help="rows of history, and as many due later, beside an empty hub")
]


def _concluded(
    work: Callable[[], Awaitable[Any]], json_file: Path | None, *, everything: bool = False
) -> None:
    """Run a bench with the event loop that the API has too; exit 1 where a goal is missed."""
    import uvloop  # noqa: PLC0415  # the server's own

    from backend.bench.client import RanOut  # noqa: PLC0415  # never in production
    from backend.bench.deliver import NotDelivered  # noqa: PLC0415  # the same
    from backend.bench.report import conclude, conclude_all  # noqa: PLC0415  # the same

    async def reports() -> list[Any]:
        done = await work()
        return done if isinstance(done, list) else [done]

    try:
        done = uvloop.run(reports())
        sys.exit((conclude_all if everything else conclude)(done, json_file))
    except RanOut:
        typer.echo("The patients were used up before the time was over: more --patients.", err=True)
    except NotDelivered as differs:
        typer.echo(f"The provider did not count each delivery exactly once: {differs}", err=True)
    sys.exit(2)


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 1:
        raise typer.BadParameter("numbers are written as 16,64")
    return numbers


@bench.command("all")
def bench_all(
    rounds: int = 5, seconds: float = 3.0, patients: int = 100_000, rows: int = 1_000_000,
    before: Before = None, json: JsonFile = None,
) -> None:  # fmt: skip
    """Take every figure of docs/performance.md: about 25 minutes on two processors."""
    from backend.bench.whole_table import TableSize, whole_table  # noqa: PLC0415  # never in production

    size = TableSize(rounds=rounds, seconds=seconds, patients=patients, rows=rows, before=before)
    _concluded(lambda: whole_table(size), json, everything=True)


@bench.command("read")
def bench_read(
    patients: int = 10_000,
    sessions: int = 1_000,
    rounds: int = 5,
    seconds: float = 2.0,
    sizes: Annotated[str, typer.Option(help="numbers of patients, as in 10000,100000")] = "",
    json: JsonFile = None,
) -> None:
    """Measure what a page of a record costs beside a bare route, or as patients become more."""
    from backend.bench.read import ReadSize, read, read_patients  # noqa: PLC0415  # never in production

    size = ReadSize(patients=patients, sessions=sessions, rounds=rounds, seconds=seconds)
    if sizes:
        numbers = _numbers(sizes)
        _concluded(lambda: read_patients(numbers, size), json)
    _concluded(lambda: read(size), json)


@bench.command("sign-in")
def bench_sign_in(
    patients: int = 10_000, sessions: int = 1_500, rounds: int = 5, seconds: float = 2.0,
    json: JsonFile = None,
) -> None:  # fmt: skip
    """Measure what going on with a refresh token costs beside a bare INSERT, in the same run."""
    from backend.bench.sign_in import SignInSize, renew  # noqa: PLC0415  # never in production

    size = SignInSize(patients=patients, sessions=sessions, rounds=rounds, seconds=seconds)
    _concluded(lambda: renew(size), json)


@bench.command("accept")
def bench_accept(
    patients: int = 100_000, rounds: int = 5, seconds: float = 3.0, clients: Clients = "16",
    rows: Rows = 0, json: JsonFile = None,
) -> None:  # fmt: skip
    """Measure what an accepted event costs beside a bare INSERT, or in a hub that is full."""
    from backend.bench.taking_in import SendingSize, accept  # noqa: PLC0415  # never in production

    if rows:
        _sizes("accept", rows, patients, rounds, seconds, json)
    size = SendingSize(patients=patients, rounds=rounds, seconds=seconds, clients=_numbers(clients))
    _concluded(lambda: accept(size), json)


@bench.command("intake")
def bench_intake(
    patients: int = 20_000, rounds: int = 5, seconds: float = 4.0, json: JsonFile = None
) -> None:
    """Measure what a FHIR Bundle costs beside a route that inserts as many rows."""
    from backend.bench.taking_in import SendingSize, intake  # noqa: PLC0415  # never in production

    size = SendingSize(patients=patients, rounds=rounds, seconds=seconds)
    _concluded(lambda: intake(size), json)


@bench.command("import")
def bench_import(
    patients: int = 60, rounds: int = 3,
    folder: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Bundles of your own, one a .json file."),
    ] = None,
    before: Before = None, json: JsonFile = None,
) -> None:  # fmt: skip
    """Measure `hub import` of a folder beside a script that inserts a row for each resource."""
    from backend.bench.importing import ImportSize, import_folder  # noqa: PLC0415  # never in production

    size = ImportSize(patients=patients, rounds=rounds, folder=folder, before=before)
    _concluded(lambda: import_folder(size), json)


@bench.command("deliver")
def bench_deliver(
    patients: int = 100_000, rounds: int = 5, seconds: float = 3.0, in_flight: int = 100,
    rows: Rows = 0, json: JsonFile = None,
) -> None:  # fmt: skip
    """Measure a worker's texts and pushes beside the providers' own asynchronous clients."""
    from backend.bench.deliver import DeliverySize, deliver  # noqa: PLC0415  # never in production

    if rows:
        _sizes("deliver", rows, patients, rounds, seconds, json)
    size = DeliverySize(patients=patients, rounds=rounds, seconds=seconds, in_flight=in_flight)
    _concluded(lambda: deliver(size), json)


@bench.command("both")
def bench_both(
    patients: int = 100_000, rounds: int = 5, seconds: float = 3.0, clients: Clients = "16",
    json: JsonFile = None,
) -> None:  # fmt: skip
    """Measure events that are accepted while a worker delivers them, beside events alone."""
    from backend.bench.both import both  # noqa: PLC0415  # never in production
    from backend.bench.taking_in import SendingSize  # noqa: PLC0415  # the same

    size = SendingSize(patients=patients, rounds=rounds, seconds=seconds, clients=_numbers(clients))
    _concluded(lambda: both(size), json)


@bench.command("sizes")
def bench_sizes(
    rows: int = 1_000_000, patients: int = 100_000, rounds: int = 5, seconds: float = 3.0,
    json: JsonFile = None,
) -> None:  # fmt: skip
    """Measure accepting, delivering, reading and doing nothing, in an empty hub and full ones."""
    _sizes("accept,deliver,read,idle", rows, patients, rounds, seconds, json)


@bench.command("idle")
def bench_idle(rows: int = 1_000_000, seconds: float = 20.0, json: JsonFile = None) -> None:
    """Measure a worker with nothing due, among so many past and as many later deliveries."""
    _sizes("idle", rows, 20_000, 1, seconds, json)


def _sizes(
    works: str, rows: int, patients: int, rounds: int, seconds: float, json_file: Path | None
) -> None:
    from backend.bench.sizes import FullSize, sizes  # noqa: PLC0415  # never in production

    size = FullSize(
        rows=rows, patients=patients, rounds=rounds, seconds=seconds, idle_seconds=seconds
    )
    _concluded(lambda: sizes(size, works.split(",")), json_file)


@bench.command("bare", hidden=True)
def bench_bare(which: str, fd: Annotated[int, typer.Option()]) -> None:
    """Serve a bare comparator; a bench starts it."""
    import uvloop  # noqa: PLC0415  # the server's own

    from backend.api.server import serve_api  # noqa: PLC0415  # the same server as the API's
    from backend.bench.bare.bares import BARES  # noqa: PLC0415  # never in production

    log_lines.configure("bare")
    uvloop.run(serve_api(BARES[which](), inherited=socket.socket(fileno=fd)))


@bench.command("bare-client", hidden=True)
def bench_bare_client(
    channel: str, provider: Annotated[str, typer.Option()], account: Annotated[str, typer.Option()],
    count: Annotated[int, typer.Option()], in_flight: Annotated[int, typer.Option()],
    latency_ms: Annotated[float, typer.Option()],
) -> None:  # fmt: skip
    """Send with a provider's own client; a bench starts it."""
    import msgspec  # noqa: PLC0415  # the same
    import uvloop  # noqa: PLC0415  # the worker's own

    from backend.bench.bare.bare_sending import (  # noqa: PLC0415  # never in production
        BareSending,
        pushes,
        texts,
    )

    sending = BareSending(
        provider=provider, account=account, count=count, in_flight=in_flight, latency_ms=latency_ms
    )
    sent = uvloop.run((texts if channel == "sms" else pushes)(sending))
    typer.echo(msgspec.json.encode(sent).decode())


@bench.command("bare-import", hidden=True)
def bench_bare_import(folder: Path) -> None:
    """Insert a row for each resource of a folder; a bench starts it."""
    import asyncio  # noqa: PLC0415  # the same

    import msgspec  # noqa: PLC0415  # the same

    from backend.bench.bare.bare_import import import_bare  # noqa: PLC0415  # never in production
    from backend.core.settings import load_settings  # noqa: PLC0415  # reads the settings

    files = sorted(folder.glob("*.json"))
    imported = asyncio.run(import_bare(load_settings().database_url, files))
    typer.echo(msgspec.json.encode(imported).decode())


@bench.command("provider", hidden=True)
def bench_provider(fd: Annotated[int, typer.Option()]) -> None:
    """Answer for Twilio and FCM, and count; a bench starts it."""
    import uvloop  # noqa: PLC0415  # the worker's own

    from backend.bench.provider_peer import serve_provider  # noqa: PLC0415  # never in production

    uvloop.run(serve_provider(socket.socket(fileno=fd)))
