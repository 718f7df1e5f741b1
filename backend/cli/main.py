"""Defines the commands of the hub. Each one reads its arguments and calls another module."""

import asyncio
import atexit
import gc
import json
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from backend.cli.audit import audit
from backend.cli.bench import bench
from backend.cli.facility import facility
from backend.cli.keys import keys
from backend.cli.months import show_months
from backend.cli.restrictions import restrictions
from backend.core import log as log_lines
from backend.core.settings import describe_errors, load_settings

hub = typer.Typer(
    name="hub", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Patient Hub: takes in what hospitals say, lets patients read, tells them once.",
)  # fmt: skip
staff = typer.Typer(no_args_is_help=True, help="The people who help patients.")
quarantine = typer.Typer(no_args_is_help=True, help="Messages that contradict what is known.")
hub.add_typer(facility, name="facility")
hub.add_typer(staff, name="staff")
hub.add_typer(quarantine, name="quarantine")
hub.add_typer(keys, name="keys")
hub.add_typer(audit, name="audit")
hub.add_typer(restrictions, name="restrictions")
hub.add_typer(bench, name="bench")
hub.command("months")(show_months)

Port = Annotated[int, typer.Option(help="Where to listen on this machine; 0 takes any free one.")]
InheritedFd = Annotated[int | None, typer.Option(hidden=True)]
DataDir = Annotated[Path, typer.Option(help="Where everything is kept.")]


def inherited(fd: int | None) -> socket.socket | None:
    """Give the socket that the parent process has bound, if it has."""
    return None if fd is None else socket.socket(fileno=fd)


@contextmanager
def loading() -> Iterator[None]:
    """Import what lasts as long as the process: no search for garbage looks through it."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@hub.command()
def demo() -> None:
    """Play the whole story on real engines in a temporary folder, then exit 0."""
    from backend.sandbox.demo.demo import play  # noqa: PLC0415  # only this command needs the engines

    sys.exit(asyncio.run(play()))


@hub.command()
def run(
    data_dir: DataDir = Path("var"), port: Port = 8000, apis: int = 1, workers: int = 1
) -> None:
    """Keep a whole hub running on this machine, for trying out. Ctrl-C stops it."""
    from backend.sandbox.demo.run import keep_running  # noqa: PLC0415  # only this one needs engines

    sys.exit(asyncio.run(keep_running(data_dir.resolve(), port=port, apis=apis, workers=workers)))


@hub.command()
def serve(host: str = "127.0.0.1", port: Port = 8000, apis: int = 1, workers: int = 1) -> None:
    """Run API and workers together in production: no sandbox, real servers from HUB_* settings."""
    from backend.cli.supervisor import serve_all  # noqa: PLC0415  # keeps every command's start short

    load_settings()  # else each process would end at once, and be started again for ever
    sys.exit(asyncio.run(serve_all(host, port, apis=apis, workers=workers)))


@hub.command()
def api(
    host: str = "127.0.0.1",
    port: Port = 8000,
    fd: InheritedFd = None,
    metrics_fd: InheritedFd = None,
) -> None:
    """Serve the API."""
    load_settings()  # what cannot be ends the command here, where it is said
    with loading():
        from backend.api.server import run_api  # noqa: PLC0415  # the app reads the settings

    log_lines.configure("api")
    run_api(host=host, port=port, inherited=inherited(fd), metrics=inherited(metrics_fd))


@hub.command(hidden=True)
def body_helper(fd: Annotated[int, typer.Option(help="Its end of the line to its API.")]) -> None:
    """Read the large bodies of one API; `hub api` starts it, and it ends with its API."""
    with loading():
        import uvloop  # noqa: PLC0415  # the helper's own

        from backend.api.large_bodies.process import serve_bodies  # noqa: PLC0415  # reads the settings

    log_lines.configure("body-helper")
    uvloop.run(serve_bodies(socket.socket(fileno=fd)))


@hub.command()
def worker(metrics_fd: InheritedFd = None) -> None:
    """Send what is due, and resolve what is in doubt."""
    with loading():
        import uvloop  # noqa: PLC0415  # the worker's own

        from backend.worker import serve_worker  # noqa: PLC0415  # reads the settings

    log_lines.configure("worker")
    uvloop.run(serve_worker(inherited(metrics_fd)))


@hub.command()
def migrate() -> None:
    """Bring the database to the newest shape, and make its first keys (HUB_DATABASE_OWNER_URL)."""
    from backend.cli.context import owner_url  # noqa: PLC0415  # reads the settings
    from backend.core.errors import HubError  # noqa: PLC0415  # the same
    from backend.key_rotation.ring_changes import make_first_keys  # noqa: PLC0415  # the same
    from backend.schema.migrate import migrate as bring_up  # noqa: PLC0415  # Piccolo is slow

    async def bring_up_with_keys(url: str) -> None:
        await bring_up(url)
        await make_first_keys(url)

    try:
        asyncio.run(bring_up_with_keys(owner_url()))
    except HubError as refused:
        typer.echo(f"{refused.code}: {refused.message}", err=True)
        raise typer.Exit(1) from refused


@hub.command("import")
def import_folder(
    path: Annotated[Path, typer.Argument(exists=True, help="A folder of FHIR files, or one.")],
    facility_code: Annotated[str, typer.Option(help="Whose; needed when there are several.")] = "",
) -> None:
    """Take in a folder of FHIR files, as if their hospital had sent them.

    Read are .json (a resource or Bundle), .ndjson and .jsonl (one a line), and each of them with
    .gz. Stopped with Ctrl-C, run it again: what is there already is left as it is.

    Exits 0 when everything was taken in, 1 when a piece was refused or a file left out, 2 when
    the command line is wrong, 130 when it was stopped.
    """
    from backend.cli.import_files import run_import  # noqa: PLC0415  # reads the settings

    raise typer.Exit(run_import(path, facility_code))


@quarantine.command("retry")
def retry_quarantine(facility_code: Annotated[str, typer.Argument(help="Whose messages.")]) -> None:
    """Take in the messages of a hospital that waited, once what they contradicted is settled."""
    from backend.auth.facilities.facilities import facility_by_code  # noqa: PLC0415  # the same
    from backend.cli.context import in_database  # noqa: PLC0415  # the same
    from backend.intake.quarantine import Retried, retry  # noqa: PLC0415  # the same

    async def work() -> Retried:
        return await retry(await facility_by_code(facility_code))

    done = in_database(work)
    typer.echo(
        f"{done.stored} stored, {done.waiting} wait on, {done.refused} refused,"
        f" {done.unreadable} cannot be read"
    )
    raise typer.Exit(1 if done.unreadable else 0)


@hub.command()
def contracts() -> None:
    """Write mobile_contracts/openapi.json from the code."""
    from backend.api.openapi import write_contracts  # noqa: PLC0415  # builds the whole app

    write_contracts()


@hub.command(hidden=True)
def sandbox(fd: InheritedFd = None, data_dir: DataDir = Path("var")) -> None:
    """Serve the loopback Twilio and FCM; `hub run` starts it."""
    from backend.core.settings import TwilioSettings  # noqa: PLC0415  # the same
    from backend.sandbox.app import Files, create_sandbox  # noqa: PLC0415  # never in production
    from backend.sandbox.serving import serve  # noqa: PLC0415  # the same

    twilio = TwilioSettings()
    account, token = twilio.twilio_account_sid, twilio.twilio_auth_token.get_secret_value()
    if not account or not token:
        raise typer.BadParameter("HUB_TWILIO_ACCOUNT_SID and HUB_TWILIO_AUTH_TOKEN are not set")
    files = Files(
        service_account=data_dir / "service-account.json",
        ledger=data_dir / "ledger.jsonl",
        accepted=data_dir / "accepted.jsonl",
    )
    asyncio.run(serve(create_sandbox(account, token, files=files), inherited=inherited(fd)))


@hub.command(hidden=True)
def try_out_people() -> None:
    """Make a facility with a key and a member of staff; `hub run` and `hub demo` ask for it."""
    from backend.cli.context import in_database  # noqa: PLC0415  # the same
    from backend.sandbox.demo.try_out import make_people  # noqa: PLC0415  # the same

    typer.echo(json.dumps(in_database(make_people)))


@staff.command("add")
def staff_add(
    name: str,
    role: Annotated[str, typer.Option(help="agent, supervisor, facility_admin, ...")] = "agent",
    facility_code: Annotated[
        str, typer.Option(help="Whose desk: they meet patients of this hospital, and no others.")
    ] = "",
) -> None:
    """Add a member of the support staff. Password and TOTP secret are shown this once."""
    from backend.auth.facilities.facilities import facility_by_code  # noqa: PLC0415  # the same
    from backend.cli.context import in_database  # noqa: PLC0415  # the same
    from backend.support.staff.staff import NewStaff, add_staff  # noqa: PLC0415  # the same

    async def make() -> NewStaff:
        at = await facility_by_code(facility_code) if facility_code else None
        return await add_staff(name, role, at)

    typer.echo(json.dumps(in_database(make).in_the_open()))


@staff.command("list")
def staff_list() -> None:
    """List the support staff: names, roles, where they work, and who may not come in."""
    from backend.cli.context import in_database  # noqa: PLC0415  # the same
    from backend.support.staff.staff import all_staff  # noqa: PLC0415  # the same

    for member in in_database(all_staff):
        typer.echo(json.dumps(member, ensure_ascii=False))


@staff.command("disable")
def staff_disable(name: str) -> None:
    """Let somebody in no more, from the next request on."""
    from backend.cli.context import in_database  # noqa: PLC0415  # the same
    from backend.support.staff.staff import disable_staff  # noqa: PLC0415  # the same

    in_database(lambda: disable_staff(name))


@staff.command("reset")
def staff_reset(name: str) -> None:
    """Give somebody a new password and TOTP secret, shown this once; it also lets in again."""
    from backend.cli.context import in_database  # noqa: PLC0415  # the same
    from backend.support.staff.staff import reset_staff  # noqa: PLC0415  # the same

    typer.echo(json.dumps(in_database(lambda: reset_staff(name)).in_the_open()))


def main() -> None:
    """Run a command; settings that cannot be are said in plain lines, without what they hold."""
    atexit.register(gc.freeze)  # else Python looks through all that was loaded before it ends
    try:
        hub()
    except ValidationError as wrong:
        sys.exit(describe_errors(wrong))


if __name__ == "__main__":
    main()
