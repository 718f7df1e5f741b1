"""Compares two readings of one patient's record, but for what the hub itself chose."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

Resource = dict[str, Any]
CHOSEN_BY_THE_HUB = frozenset({"id", "asOf", "replacedBy"})
"""Ids, and when a message came in, where its sender says no time of its own."""
MOST_SAID = 3


def comparable(records: Sequence[Resource]) -> Counter[tuple[str, str]]:
    """Count each record by its kind and everything that its patient reads of it."""
    return Counter(
        (each["kind"], json.dumps(_said(each["record"]), ensure_ascii=False, sort_keys=True))
        for each in records
        if "record" in each
    )


def differences(
    who: str, expected: Counter[tuple[str, str]], found: Counter[tuple[str, str]]
) -> list[str]:
    """Say what is lost, what is more, and, of what looks alike, which fields differ."""
    lost, more = list((expected - found).elements()), list((found - expected).elements())
    wrong = []
    for kind in sorted({kind for kind, _ in lost + more}):
        was = [json.loads(said) for of, said in lost if of == kind]
        came = [json.loads(said) for of, said in more if of == kind]
        wrong.append(f"{who}: {kind}: {len(was)} lost, {len(came)} more{_briefly(was, came)}")
    return wrong


def _said(value: Any) -> Any:
    if isinstance(value, list):
        return [_said(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _said(each) for name, each in value.items() if name not in CHOSEN_BY_THE_HUB}


def _briefly(was: list[Resource], came: list[Resource]) -> str:
    """Name the fields in which the nearest of both differ, with what stands there."""
    said = []
    for one in was[:MOST_SAID]:
        fields = min((_differing(one, other) for other in came), key=len, default=[])
        said.append(
            ", ".join(fields) or f"nothing like {json.dumps(one, ensure_ascii=False)[:150]}"
        )
    return "".join(f"; {each}" for each in said)


def _differing(one: Resource, other: Resource) -> list[str]:
    return [
        f"{name} {str(one.get(name))[:60]} became {str(other.get(name))[:60]}"
        for name in sorted(one.keys() | other.keys())
        if one.get(name) != other.get(name)
    ]
