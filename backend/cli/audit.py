"""`hub audit`: checks the chain of the audit log, and the heads of it that were written down."""

import json
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

audit = typer.Typer(no_args_is_help=True, help="The audit log: nobody can change it unseen.")

HeadsFile = Annotated[
    Path | None,
    typer.Option("--heads", help="A copy of the file of heads; else the one of HUB_AUDIT_HEADS."),
]
FirstKeys = Annotated[
    list[str] | None,
    typer.Option("--key", help="A public key that is trusted; else those of the first head."),
]
TOLD_SECONDS = 2.0


@audit.command("verify")
def verify(heads: HeadsFile = None) -> None:
    """Follow the whole chain, look for unsealed rows, and compare the heads (as the owner).

    Exits 1 and says the first place that is wrong, and what is wrong there.
    """
    from backend.cli.context import with_owner  # noqa: PLC0415  # keeps every command's start short
    from backend.core.audit_chain.verifier import (  # noqa: PLC0415  # the same
        Checked,
        as_owner,
        find_unsealed,
        verify_chain,
    )
    from backend.core.audit_chain.worker_tasks import check_heads  # noqa: PLC0415  # the same
    from backend.core.settings import AuditSettings  # noqa: PLC0415  # the same

    written = AuditSettings().audit_heads
    file = heads or (Path(written) if written else None)

    async def look() -> list[str]:
        checked: Checked = await verify_chain(reading=as_owner, progress=_ProgressLine())
        typer.echo(f"{checked.place} rows follow one another")
        found = [checked.finding, await find_unsealed(as_owner)]
        if file is None:
            typer.echo("no heads were compared: HUB_AUDIT_HEADS is not set, and no --heads given")
        else:
            found.append(await check_heads(file, by_ring=heads is None, reading=as_owner))
        return [finding.line() for finding in found if finding is not None]

    wrong = with_owner(look)
    for line in wrong:
        typer.echo(line, err=True)
    raise typer.Exit(1 if wrong else 0)


@audit.command("heads")
def show_heads(file: Path, key: FirstKeys = None) -> None:
    """Check the signatures of a file of heads, without a database and without secrets.

    Prints the keys that the file begins with and ends with: keep them apart from the file.
    """
    import base64  # noqa: PLC0415  # keeps every command's start short

    from backend.core.audit_chain.heads import (  # noqa: PLC0415  # the same
        first_out_of_order,
        first_untrusted,
    )
    from backend.core.audit_chain.heads_file import heads_in  # noqa: PLC0415  # the same

    try:
        trusted = frozenset(base64.b64decode(text, validate=True) for text in key or ())
        heads = heads_in(file)
    except (OSError, ValueError) as unreadable:
        raise typer.BadParameter("the file, or a key, cannot be read") from unreadable
    wrong = first_untrusted(heads, trusted) or first_out_of_order(heads)
    for name, head in (("first", heads[0]), ("last", heads[-1])) if heads else ():
        keys = [base64.b64encode(public).decode() for public in head.keys.values()]
        typer.echo(json.dumps({name: {"at": head.at.isoformat(), "place": head.place,
                                      "hash": head.hash.hex(), "keys": keys}}))  # fmt: skip
    if wrong is not None:
        typer.echo(f"the head at place {wrong.place} is not to be trusted", err=True)
    typer.echo(f"{len(heads)} heads")
    raise typer.Exit(1 if wrong is not None or not heads else 0)


class _ProgressLine:
    """Says every two seconds how far a long check is."""

    def __init__(self) -> None:
        self._at = monotonic()

    def __call__(self, place: int, last: int) -> None:
        if monotonic() - self._at >= TOLD_SECONDS:
            self._at = monotonic()
            typer.echo(f"place {place} of {last} ({100 * place // last} %)", err=True)
