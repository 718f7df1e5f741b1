"""Reads the kinds that are only shown: what they have in common, and which reader knows which."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.intake.fhir_bundle import Entry
from backend.intake.fhir_keys import Keys
from backend.intake.fhir_names import name_of
from backend.intake.fhir_references import References, Target
from backend.intake.fhir_results import filed, mention
from backend.intake.fhir_values import Resource, first_of, instant, words_of
from backend.records.contents import NameOf, ShownContent
from backend.records.kind_views import ShownView


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a reader makes of one resource."""

    view: ShownView
    happened: str | None
    """FHIR dateTime, partial or not."""
    people: Sequence[tuple[str, Resource]] = ()
    """References to who had to do with it, each with the element it stands in."""
    status: str | None = None
    """Where the record's own status element does not say that it was entered in error."""
    columns: Mapping[str, Any] = field(default_factory=dict)


_DATE = re.compile(r"\d{4}(-\d\d|\Z)")

Reader = Callable[[Resource, str], Shown]
"""Given the resource and its path."""


def shown_content(entry: Entry, keys: Keys, references: References, read: Reader) -> ShownContent:
    shown = read(entry.resource, entry.path)
    return ShownContent(
        **filed(entry, keys),
        kind=entry.kind,
        status=shown.status or shown.view.status,
        happened_at=instant(shown.happened),
        view=shown.view,
        people=tuple(_people(entry, keys, references, shown.people)),
        columns=shown.columns,
    )


def _people(
    entry: Entry, keys: Keys, references: References, said: Sequence[tuple[str, Resource]]
) -> Iterator[NameOf]:
    for element, reference in said:
        target = references.target(reference, entry, f"{entry.path}.{element}")
        within = target.contained or (target.entry and target.entry.resource)
        name = first_of(reference.get("display"), name_of(within or {}))
        yield NameOf(name=name or "", mention=_elsewhere(target, keys))


def _elsewhere(target: Target, keys: Keys) -> Any:
    known = target.entry is None and (target.token is not None or target.local_id)
    return mention(target, keys) if known else None


def moment(resource: Resource, element: str) -> str | None:
    """Read a choice of times as text: dateTime, the start of a period, a string or an age."""
    age = resource.get(f"{element}Age")
    return first_of(
        resource.get(f"{element}DateTime"),
        resource.get(f"{element}Period", {}).get("start"),
        resource.get(f"{element}String"),
        f"{age['value']} {age.get('unit') or age.get('code') or ''}".strip()
        if age and "value" in age
        else None,
        _range(resource.get(f"{element}Range", {})),
    )


def _range(value: Resource) -> str | None:
    ends = [value.get(end, {}) for end in ("low", "high")]
    if not any("value" in each for each in ends):
        return None
    unit = ends[0].get("unit") or ends[1].get("unit") or ""
    return f"{ends[0].get('value', '')} – {ends[1].get('value', '')} {unit}".strip()


def date_of(text: str | None) -> str | None:
    """Keep what is a date; free text and ages cannot be put in order."""
    return text if text and _DATE.match(text) else None


def all_words(concepts: Sequence[Resource]) -> list[str]:
    return [words for words in map(words_of, concepts) if words]


def references_in(resource: Resource, *path: str) -> list[tuple[str, Resource]]:
    """Give the references at this path of elements, through lists."""
    found: list[tuple[str, Any]] = [("", resource)]
    for element in path:
        found = [
            (f"{at}.{element}".strip("."), each)
            for at, part in found
            for value in [part.get(element)]
            if value is not None
            for each in (value if isinstance(value, list) else [value])
        ]
    return found
