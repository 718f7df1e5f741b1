"""`hub restrictions`: says which rule would hold what, before a hospital sends it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

restrictions = typer.Typer(no_args_is_help=True, help="The rules that hold records by law.")

FILES: Final = frozenset({".json", ".ndjson", ".jsonl", ".txt", ".tsv", ".csv", ".md"})
"""Endings of what is meant as a file: one that is not there is no text."""
Said = Annotated[str, typer.Argument(help="A file of FHIR JSON or NDJSON, of texts, or a text.")]
RulesFile = Annotated[
    Path | None,
    typer.Option(
        "--rules", exists=True, help="A file as HUB_RESTRICTIONS names; else the hub's own."
    ),
]


@restrictions.command("explain")
def explain(said: Said, rules: RulesFile = None) -> None:
    """Say which class each resource of a file, each line of a text file, or a text belongs to.

    A line of the answer names the class, the rule and the element. Nothing is stored or sent.
    """
    from backend.records.visibility.restriction_config import (  # noqa: PLC0415  # keeps the start short
        RulesFile as FileOfRules,
    )
    from backend.records.visibility.restriction_rules import (  # noqa: PLC0415  # the same
        UnreadableRules,
    )

    try:
        in_force = FileOfRules(str(rules or "")).rules()
    except UnreadableRules as unreadable:
        raise typer.BadParameter("the rules cannot be read", param_hint="--rules") from unreadable
    table = Table("what", "class", "rule", "element")
    for name, found in _explained(said, in_force):
        for n, held in enumerate(found):
            first = held.record_class if n == 0 else f"({held.record_class})"
            table.add_row(name if n == 0 else "", first, held.rule, held.path)
        if not found:
            table.add_row(name, "none", "", "")
    Console().print(table)


def _explained(said: str, rules: Any) -> Iterator[tuple[str, list[Any]]]:
    from backend.intake.fhir.restriction_reasons import (  # noqa: PLC0415  # keeps the start short
        reasons_of,
        reasons_of_text,
    )

    file = Path(said)
    if not _is_file(file):
        if file.suffix.lower() in FILES:
            raise typer.BadParameter("there is no such file", param_hint="SAID")
        yield said, reasons_of_text(said, rules)
        return
    text = _text_of(file)
    resources = list(_resources(text))
    for name, resource in resources:
        yield name, reasons_of(resource, rules)
    if not resources:
        for n, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                yield f"{file.name}:{n}", reasons_of_text(line, rules)


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except (OSError, ValueError):
        return False  # too long for a name, or with a NUL: it is a text


def _text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as unreadable:
        raise typer.BadParameter("the file is no text that can be read") from unreadable


def _resources(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the resources of JSON or NDJSON, those of a Bundle one by one; none of other texts."""
    for whole in _values(text):
        if not isinstance(whole, dict) or not isinstance(whole.get("resourceType"), str):
            continue
        inner = [entry.get("resource") for entry in whole.get("entry", [])]
        for resource in inner if whole["resourceType"] == "Bundle" else [whole]:
            if isinstance(resource, dict) and isinstance(resource.get("resourceType"), str):
                yield f"{resource['resourceType']}/{resource.get('id', '')}", resource


def _values(text: str) -> Iterator[Any]:
    try:
        yield json.loads(text)
    except (ValueError, RecursionError):
        for line in text.splitlines():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError):
                continue
