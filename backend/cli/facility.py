"""`hub facility`: manages hospitals, their keys and their settings."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, TypeAlias, TypeVar
from uuid import UUID

import typer

from backend.auth.identity.number_meanings import NumberMeaning

T = TypeVar("T")
Reason: TypeAlias = Annotated[str, typer.Option(help="Why: it stands in the audit.")]

facility = typer.Typer(no_args_is_help=True, help="Hospitals and their keys.")


@facility.command("add")
def facility_add(
    code: Annotated[str, typer.Argument(help="MA_CSKCB (5 characters) or GLN (13).")],
    name: str,
    short_name: Annotated[str, typer.Argument(help="What texts begin with: up to 20 characters.")],
    hotline: str = "",
    discreet: Annotated[  # noqa: FBT002  # a flag
        bool, typer.Option("--discreet", help="Its name is a diagnosis: only its slip opens it.")
    ] = False,
) -> None:
    """Add a hospital."""
    from backend.auth.facilities.facilities import add_facility  # noqa: PLC0415  # reads the settings
    from backend.cli.context import in_database  # noqa: PLC0415  # the same

    made = in_database(lambda: add_facility(code, name, short_name, hotline, discreet=discreet))
    typer.echo(json.dumps({"facility": str(made), "code": code}))


@facility.command("discreet")
def facility_discreet(
    code: str,
    off: Annotated[bool, typer.Option("--off", help="Its name says nothing any more.")] = False,  # noqa: FBT002  # a flag
) -> None:
    """Make a hospital discreet: from now on, only its own slips open its charts."""
    from backend.auth.facilities.facilities import facility_by_code, set_discreet  # noqa: PLC0415  # the same
    from backend.cli.context import in_database  # noqa: PLC0415  # the same

    async def change() -> None:
        await set_discreet(await facility_by_code(code), discreet=not off)

    in_database(change)


@facility.command("key")
def facility_key(
    code: str,
    label: str = "",
    days: Annotated[int, typer.Option(min=1, max=1095, help="How long it lives.")] = 365,
    scope: Annotated[list[str], typer.Option(help="What it opens; all, if none is named.")] = [],  # noqa: B006  # Typer copies it
    network: Annotated[list[str], typer.Option(help="CIDR block it may be shown from.")] = [],  # noqa: B006  # Typer copies it
    replaces: Annotated[UUID | None, typer.Option(help="A key that the new one is to be.")] = None,
    overlap: Annotated[str, typer.Option(help="How long that one still works: 7d, 12h.")] = "7d",
) -> None:
    """Make a key for a hospital's systems. It is shown this once."""
    from backend.auth.facilities import facility_keys as keys  # noqa: PLC0415  # the same
    from backend.auth.facilities.facilities import facility_by_code  # noqa: PLC0415  # the same
    from backend.cli.context import in_database, span  # noqa: PLC0415  # the same

    lifetime, both = timedelta(days=days), span(overlap)
    if replaces and (scope or network or label):
        raise typer.BadParameter(
            "a key that replaces another takes label, scopes and networks from it"
        )

    async def make() -> str:
        hospital = await facility_by_code(code)
        if replaces:
            return await keys.replace_key(hospital, replaces, both, lifetime)
        return await keys.new_key(hospital, label, keys.terms(scope, network, lifetime))

    typer.echo(in_database(make))


@facility.command("keys")
def facility_keys(code: str) -> None:
    """List a hospital's keys: their ids and what they open, never the keys themselves."""
    from backend.auth.facilities.facilities import facility_by_code  # noqa: PLC0415  # the same
    from backend.auth.facilities.facility_keys import keys_of  # noqa: PLC0415  # the same
    from backend.cli.context import in_database  # noqa: PLC0415  # the same

    async def look() -> list[dict[str, str]]:
        return await keys_of(await facility_by_code(code))

    for key in in_database(look):
        typer.echo(json.dumps(key, ensure_ascii=False))


@facility.command("numbers")
def facility_numbers(
    code: str,
    system: Annotated[str, typer.Option(help="As in `identifier.system`.")] = "",
    meaning: Annotated[
        NumberMeaning | None, typer.Option("--is", help="What numbers of this system are.")
    ] = None,
    *,
    main: Annotated[bool, typer.Option("--main", help="A number without a system is one.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take the declaration back.")] = False,
) -> None:
    """Say what the numbers of a hospital's system are; without `--is`, list what was said."""
    from backend.auth.facilities.facilities import facility_by_code  # noqa: PLC0415  # the same
    from backend.auth.identity import number_systems as numbers  # noqa: PLC0415  # the same
    from backend.cli.context import in_database  # noqa: PLC0415  # the same

    said = [meaning is not None, undo].count(True)
    if said != int(bool(system)) or (main and meaning is None):
        raise typer.BadParameter("name --system with --is, or with --undo alone")

    async def act() -> list[numbers.Declared]:
        hospital = await facility_by_code(code)
        if meaning is not None:
            await numbers.declare(hospital, system, meaning, main=main)
        elif undo:
            await numbers.take_back(hospital, system)
        return await numbers.declared_of(hospital)

    for declared in in_database(act):
        typer.echo(json.dumps(asdict(declared), ensure_ascii=False))


@facility.command("ids")
def facility_ids(
    code: str,
    stable: Annotated[  # noqa: FBT002  # a flag
        bool,
        typer.Option("--stable/--not-stable", help="An id that it POSTs holds in other messages."),
    ] = False,
) -> None:
    """Say whether the ids that a hospital POSTs, or sends in messages, name its records."""
    from backend.auth.facilities.facilities import facility_by_code, set_stable_ids  # noqa: PLC0415  # the same
    from backend.cli.context import in_database  # noqa: PLC0415  # the same

    async def change() -> None:
        await set_stable_ids(await facility_by_code(code), stable=stable)

    in_database(change)


@facility.command("base")
def facility_base(
    code: str,
    url: Annotated[str, typer.Argument(help="As https://his.example.vn/fhir; empty: none.")] = "",
) -> None:
    """Set the base address of a hospital's FHIR: references below it are to its own records."""
    from backend.auth.facilities.facilities import facility_by_code, set_base_url  # noqa: PLC0415  # the same
    from backend.cli.context import in_database  # noqa: PLC0415  # the same

    async def change() -> None:
        await set_base_url(await facility_by_code(code), url)

    in_database(change)


@facility.command("watch")
def facility_watch(
    code: str,
    late_after: Annotated[str, typer.Argument(help="Its longest usual silence: 6h, 2d; 0: never.")],
) -> None:
    """Let `GET /v1/status` say that a hospital is late, when it was silent for longer than that."""
    from backend.auth.facilities.facilities import facility_by_code, watch_facility  # noqa: PLC0415  # the same
    from backend.cli.context import in_database, span  # noqa: PLC0415  # the same

    longest = span(late_after) or None

    async def change() -> None:
        await watch_facility(await facility_by_code(code), longest)

    in_database(change)


@facility.command("hours")
def facility_hours(
    code: str,
    morning: Annotated[str, typer.Option(help="When sáng is, as 07:00.")] = "",
    noon: Annotated[str, typer.Option(help="When trưa is.")] = "",
    afternoon: Annotated[str, typer.Option(help="When chiều is.")] = "",
    evening: Annotated[str, typer.Option(help="When tối is.")] = "",
    usual: Annotated[bool, typer.Option("--usual", help="Go back to the usual hours.")] = False,  # noqa: FBT002  # a flag
) -> None:
    """Show or change at what hours a hospital's parts of the day are, for what it prescribes."""
    from backend.auth.facilities.facilities import facility_by_code  # noqa: PLC0415  # the same
    from backend.cli.context import in_database  # noqa: PLC0415  # the same
    from backend.records.medication import dose_hours  # noqa: PLC0415  # the same

    said = {"morning": morning, "noon": noon, "afternoon": afternoon, "evening": evening}

    async def change() -> dict[str, str]:
        hospital = await facility_by_code(code)
        if usual:
            await dose_hours.forget_facility_hours(hospital)
        return await dose_hours.with_changes(hospital, said)

    typer.echo(json.dumps(in_database(change)))


@facility.command("release")
def facility_release(
    code: str,
    record_class: Annotated[
        str,
        typer.Option("--class", help="As result, result:RAD (a category) or restricted:hiv."),
    ] = "",
    policy: Annotated[str, typer.Option(help="at-once, 24h or 2d, clinician, never.")] = "",
    forget: Annotated[bool, typer.Option("--forget", help="Say nothing of it any more.")] = False,  # noqa: FBT002  # a flag
    apply: Annotated[  # noqa: FBT002  # the same
        bool, typer.Option("--apply", help="Let it hold for what waits already, too.")
    ] = False,
) -> None:
    """Show or change when a hospital's records are shown, and how many wait for that."""
    from backend.cli.release import run_release  # noqa: PLC0415  # reads the settings

    if bool(record_class) != (bool(policy) != forget) or (policy and forget):
        raise typer.BadParameter("--class goes with --policy or with --forget")
    typer.echo(json.dumps(run_release(code, record_class, policy, apply=apply)))


@facility.command("list")
def facility_list() -> None:
    """List the hospitals, and which of them are suspended."""
    from backend.auth.facilities.suspension import facilities  # noqa: PLC0415  # the same
    from backend.cli.context import in_database  # noqa: PLC0415  # the same

    for line in in_database(facilities):
        typer.echo(json.dumps(asdict(line), default=str, ensure_ascii=False))


@facility.command("suspend")
def facility_suspend(code: str, reason: Reason) -> None:
    """Close the doors of a hospital and of its staff, and hold what it tells."""
    from backend.auth.facilities.suspension import suspend  # noqa: PLC0415  # the same
    from backend.cli.context import in_database  # noqa: PLC0415  # the same

    if not in_database(lambda: _for(code, lambda hospital: suspend(hospital, reason))):
        typer.echo("A worker does not answer: a text that it claimed before may leave.", err=True)


@facility.command("resume")
def facility_resume(code: str, reason: Reason) -> None:
    """Open the doors again; what was held leaves, spread over 20 minutes."""
    from backend.auth.facilities.suspension import resume  # noqa: PLC0415  # the same
    from backend.cli.context import in_database  # noqa: PLC0415  # the same

    in_database(lambda: _for(code, lambda hospital: resume(hospital, reason)))


@facility.command("let-go")
def facility_let_go(code: str, reason: Reason) -> None:
    """Let the first texts go that wait for room in a hospital's budget."""
    from backend.auth.facilities.suspension import let_go  # noqa: PLC0415  # the same
    from backend.cli.context import in_database  # noqa: PLC0415  # the same

    in_database(lambda: _for(code, lambda hospital: let_go(hospital, reason)))


@facility.command("budget")
def facility_budget(
    code: str,
    reason: Reason,
    per_hour: Annotated[
        int, typer.Option(min=0, max=1_000_000, help="First texts; 0: as the settings say.")
    ],
) -> None:
    """Give a hospital a budget of its own for first texts to numbers."""
    from backend.auth.facilities.suspension import set_budget  # noqa: PLC0415  # the same
    from backend.cli.context import in_database  # noqa: PLC0415  # the same

    in_database(lambda: _for(code, lambda hospital: set_budget(hospital, per_hour or None, reason)))


async def _for(code: str, act: Callable[[UUID], Awaitable[T]]) -> T:
    from backend.auth.facilities.facilities import facility_by_code  # noqa: PLC0415  # the same

    return await act(await facility_by_code(code))


@facility.command("revoke")
def facility_revoke(
    key: Annotated[UUID, typer.Argument(help="As `hub facility keys` shows.")],
) -> None:
    """Make a key worthless from the next request on."""
    from backend.auth.facilities.facility_keys import revoke_key  # noqa: PLC0415  # the same
    from backend.cli.context import in_database  # noqa: PLC0415  # the same

    in_database(lambda: revoke_key(key))
