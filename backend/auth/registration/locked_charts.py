"""Locks the charts that numbers lead to, as they are once nobody else changes them."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from backend.auth.identity import demographics, identifiers
from backend.auth.identity.blind_index import Sought
from backend.auth.identity.identifiers import Identifier
from backend.auth.registration.which_chart import Chart
from backend.core.errors import NotFound

_TRIES = 3
"""Merges in a row for which one registration waits."""


def turns(numbers: Iterable[Identifier], facility: UUID) -> list[Sought]:
    """Give the turns that registrations with these numbers take: one facility waits for itself."""
    return [
        ("turn", f"{facility}:{kind}:{value}")
        for kind, value in (identifiers.sought_as(identifier, facility) for identifier in numbers)
    ]


async def locked_charts(
    numbers: Sequence[Identifier], facility: UUID, meant: UUID | None, tries: int = _TRIES
) -> tuple[Mapping[Identifier, list[UUID]], dict[UUID, Chart]]:
    """Give the charts that numbers lead to; whoever else changes one waits for our transaction.

    Who waited for their lock may have waited for a merge: then it is asked again who they are. A
    number that its chart has not finds nobody.
    """
    found = await identifiers.charts_with(numbers, facility)
    charts = await _read_locked({*charts_in(found), *([meant] if meant else [])}, facility)
    if meant and meant not in charts:
        raise NotFound
    kept = {
        number: [chart for chart in found[number] if charts[chart].has(number)] for number in found
    }
    if kept != found and tries:
        return await locked_charts(numbers, facility, meant, tries - 1)
    return kept, charts


def charts_in(found: Mapping[Identifier, Sequence[UUID]]) -> set[UUID]:
    return {chart for charts in found.values() for chart in charts}


async def _read_locked(wanted: set[UUID], facility: UUID) -> dict[UUID, Chart]:
    if not wanted:
        return {}
    details = await demographics.locked_details(sorted(wanted), facility)
    filed = await identifiers.filed_of_all(sorted(details))
    return {chart: Chart(chart, known, filed[chart]) for chart, known in details.items()}
