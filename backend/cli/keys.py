"""`hub keys`: rotates the keys of the hub, one step at a time."""

import json
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

keys = typer.Typer(no_args_is_help=True, help="The keys the hub seals, finds and signs with.")


SETTLED_SECONDS = 2.0


class Purpose(StrEnum):
    """What a key is for."""

    DATA = "data"
    SIGNING = "signing"


AnnounceSeconds = Annotated[
    float,
    typer.Option(min=3.0, help="Seconds in which every process hears of it before it is used."),
]


@keys.command("list")
def list_keys() -> None:
    """List the keys that live, the newest first: never the keys themselves."""
    from backend.cli.context import with_owner  # noqa: PLC0415  # keeps every command's start short
    from backend.key_rotation.ring_changes import facts_of_key, live_keys  # noqa: PLC0415  # the same

    for row in with_owner(live_keys):
        typer.echo(json.dumps(facts_of_key(row)))


@keys.command("rotate")
def rotate_keys(purpose: Purpose, announce_seconds: AnnounceSeconds = 5.0) -> None:
    """Make a new key. Nothing stops, nobody is signed out."""
    from backend.cli.context import with_owner  # noqa: PLC0415  # keeps every command's start short
    from backend.key_rotation.ring_changes import rotate  # noqa: PLC0415  # the same

    made = with_owner(lambda: rotate(purpose.value, timedelta(seconds=announce_seconds)))
    typer.echo(json.dumps({"name": made.name, "currentFrom": made.current_from.isoformat()}))


@keys.command("back-fill")
def back_fill_keys() -> None:
    """Move what is stored to the newest data key. Stopped and started again, it carries on."""
    from backend.cli.context import with_owner  # noqa: PLC0415  # keeps every command's start short
    from backend.key_rotation.backfill import Progress, back_fill  # noqa: PLC0415  # the same
    from backend.key_rotation.ring_changes import reseal_ring  # noqa: PLC0415  # the same

    async def move() -> list[Progress]:
        typer.echo(f"the ring itself: {await reseal_ring()} keys sealed anew")
        return await back_fill(lambda column: typer.echo(column.line()), SETTLED_SECONDS)

    unfinished = [column for column in with_owner(move) if column.left]
    for column in unfinished:
        typer.echo(f"{column.line()}; run it again", err=True)
    raise typer.Exit(1 if unfinished else 0)


@keys.command("retire")
def retire_keys() -> None:
    """End the data keys before the newest one, once nothing needs them any more."""
    from backend.cli.context import with_owner  # noqa: PLC0415  # keeps every command's start short
    from backend.key_rotation.retirement import retire  # noqa: PLC0415  # the same

    gone = with_owner(retire)
    typer.echo(json.dumps({"ended": list(gone.keys), "lookupsDropped": gone.lookups}))


@keys.command("rehash-names")
def rehash_names() -> None:
    """Hash what senders call things with a new key too. Every API and import must stand still."""
    from backend.cli.context import with_owner  # noqa: PLC0415  # keeps every command's start short
    from backend.key_rotation.name_layers import lay_new_key  # noqa: PLC0415  # the same

    typer.echo(json.dumps({"name": with_owner(lay_new_key)}))
