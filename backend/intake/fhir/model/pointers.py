"""Finds every reference and address in a resource, in one walk, and says where it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.intake.fhir.model.datatypes import Resource

Step = str | int
"""The name of an element, or a place in a list."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A Reference, or an element with an address."""

    steps: tuple[Step, ...]
    """What leads to it from the resource."""
    said: Resource

    @property
    def field(self) -> str:
        """Give the element that it stands in."""
        return next((step for step in reversed(self.steps) if isinstance(step, str)), "")


@dataclass(frozen=True, slots=True)
class Pointers:
    """All of a resource."""

    references: list[Pointer] = field(default_factory=list)
    """Each before those inside of it."""
    literal: list[Pointer] = field(default_factory=list)
    """What has a `reference` or a `url`, each after those inside of it."""


def pointers_in(resource: Resource) -> Pointers:
    found = Pointers()
    _look(resource, (), found)
    return found


def written(steps: Iterable[Step]) -> str:
    """Write the way to an element as FHIR does, behind the name of the resource."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def with_changes(resource: Resource, changes: Mapping[tuple[Step, ...], str]) -> Resource:
    """Give the resource with other values; what leads to none of them is not copied.

    Args:
        resource: it stays as it is.
        changes: by the way to each, its last step the element that changes.
    """
    copied: dict[tuple[Step, ...], Any] = {(): dict(resource)}
    for steps, value in changes.items():
        for n in range(1, len(steps)):
            if steps[:n] not in copied:
                part = copied[steps[: n - 1]][steps[n - 1]]
                copied[steps[:n]] = copied[steps[: n - 1]][steps[n - 1]] = part.copy()
        copied[steps[:-1]][steps[-1]] = value
    changed: Resource = copied[()]
    return changed


def _look(value: Any, steps: tuple[Step, ...], found: Pointers) -> None:
    if isinstance(value, list):
        for n, child in enumerate(value):
            if isinstance(child, dict | list):
                _look(child, (*steps, n), found)
        return
    is_literal = isinstance(value.get("reference"), str)
    if is_literal or _is_logical(value):
        found.references.append(Pointer(steps, value))
    for name, child in value.items():
        if isinstance(child, dict | list):
            _look(child, (*steps, name), found)
    if is_literal or isinstance(value.get("url"), str):
        found.literal.append(Pointer(steps, value))


def _is_logical(value: Resource) -> bool:
    identifier = value.get("identifier")
    return isinstance(identifier, dict) and value.keys() <= {
        "identifier", "display", "type", "id", "extension",
    }  # fmt: skip
