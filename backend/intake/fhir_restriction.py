"""Finds out whether a FHIR resource belongs to a restricted class, from all that it says."""

from collections.abc import Iterator, Sequence
from typing import Any

from backend.intake.fhir_values import Resource
from backend.records.restricting import rules
from backend.records.restriction import Facts, facts

_TEXTS = frozenset({"text", "display", "conclusion", "description", "valueString", "title"})


def restriction_of(resource: Resource, referred_to: Sequence[str] = ()) -> str:
    """Give the name of the class; empty for what is like any other record."""
    said = facts(
        codings=_codings(resource),
        labels=[each.get("code", "") for each in resource.get("meta", {}).get("security", [])],
        departments=[*referred_to, *_departments(resource)],
        names=_names(resource),
    )
    found = rules().class_of(said, _of_code(resource))
    return found.name if found else ""


def is_never_shown(component: Resource) -> bool:
    """Tell whether a part of an Observation is of a class that nobody is shown."""
    own = _of_code(component)
    found = rules().class_of(own, own)
    return found is not None and found.hidden


def _of_code(resource: Resource) -> Facts:
    code = resource.get("code", {})
    return facts(codings=_codings(code), labels=(), departments=(), names=_names(code))


def _codings(value: Any) -> Iterator[tuple[str, str]]:
    """Give system and code of every Coding, wherever it stands."""
    if isinstance(value, list):
        for each in value:
            yield from _codings(each)
    elif isinstance(value, dict):
        if isinstance(value.get("code"), str):
            yield str(value.get("system", "")), value["code"]
        for name, each in value.items():
            if name != "meta":
                yield from _codings(each)


def _departments(value: Any) -> Iterator[str]:
    """Give what references call what they point to."""
    if isinstance(value, list):
        for each in value:
            yield from _departments(each)
    elif isinstance(value, dict):
        if ("reference" in value or "identifier" in value) and "display" in value:
            yield str(value["display"])
        for each in value.values():
            yield from _departments(each)


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _names(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in _TEXTS and isinstance(each, str):
                yield each
            elif name not in {"meta", "div"}:
                yield from _names(each)
