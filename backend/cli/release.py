"""`hub facility release`: shows and changes when patients see a hospital's records."""

from typing import Any
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress

from backend.auth.facilities.facilities import facility_by_code
from backend.cli.context import in_database
from backend.records.lifecycle import release_policies
from backend.records.visibility.release_rules import Policy, parse_policy


def run_release(code: str, record_class: str, policy: str, *, apply: bool) -> dict[str, Any]:
    """Change the given policies and print all; an empty `policy` removes one.

    Raises:
        BadParameter: there is no such policy.
    """
    wanted = _read(policy) if policy else None

    async def change() -> dict[str, Any]:
        facility = await facility_by_code(code)
        if record_class and wanted is None:
            await release_policies.forget_policy(facility, record_class)
        elif record_class and wanted is not None:
            await release_policies.set_policy(facility, record_class, wanted)
        if apply:
            await _apply(facility)
        policies = await release_policies.policies_of(facility)
        return {
            "policies": {name: str(chosen) for name, chosen in sorted(policies.items())},
            "waiting": dict(await release_policies.unseen(facility)),
        }

    return in_database(change)


def _read(policy: str) -> Policy:
    try:
        return parse_policy(policy)
    except ValueError as wrong:
        raise typer.BadParameter("a policy is at-once, 24h or 2d, clinician or never") from wrong


async def _apply(facility: UUID) -> None:
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("patients", total=None)
        async for left in release_policies.apply_to_unseen(facility):
            done = bar.tasks[task].completed + 1
            bar.update(task, completed=done, total=done + left)
