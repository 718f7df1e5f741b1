"""Sends every official FHIR example to the endpoint of a real API: PUT, POSTed and in a Bundle.

Exits 1 on a 5xx, on a refusal that does not say why, and when a refusal left anything behind or an
acceptance more than its own rows.

python -m conformance.fhir_examples [FOLDER]      (../shared/data/fhir_r4_examples unless told)
"""

import asyncio
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from typer import echo

from backend.schema.piccolo_app import TABLES
from conformance.material import end_with, folder_told
from conformance.running import Answer, RunningHub, running_hub
from conformance.stored import changes, stored

ACCEPTED = frozenset({HTTPStatus.OK, HTTPStatus.CREATED})
REFUSED = frozenset({HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY})
OF_MESSAGES = [
    each._meta.tablename  # noqa: SLF001  # Piccolo's own place for it
    for each in TABLES
    if hasattr(each, "received_event")
]
"""Tables whose rows say which message they are of. That a report shows a measurement, which is
`reported` then, is of the report's message."""


@dataclass(frozen=True, slots=True)
class Example:
    name: str
    kind: str
    local_id: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class State:
    """What is stored: a checksum a table, and every row that is of a message."""

    tables: dict[str, str]
    rows: dict[tuple[str, str], tuple[str, str]]


@dataclass(slots=True)
class Became:
    """What became of the examples that were sent in one way."""

    classes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def note(self, name: str, answer: Answer, before: State, after: State) -> None:
        """Count it, and hold what was stored against what was answered."""
        self.classes[_class_of(answer)] += 1
        if answer.status in ACCEPTED:
            changed = after.rows.items() - before.rows.items()
            foreign = {table for (table, _), (message, _) in changed if message != answer.message}
            if foreign and answer.message:
                self.wrong.append(f"{name}: changed rows of another message in {sorted(foreign)}")
            return
        self.reasons.update(_reason(each) for each in answer.issues)
        if answer.status not in REFUSED or not _says_why(answer):
            self.wrong.append(f"{name}: {answer.status} {answer.body}")
        self.wrong += changes(f"{name} was refused and", before.tables, after.tables)


def examples(folder: Path) -> list[Example]:
    """List them, patients first, so that what is about them finds them."""
    found = [_example(file) for file in sorted(folder.glob("*.json"))]
    return sorted(found, key=lambda each: each.kind != "Patient")


def _example(file: Path) -> Example:
    raw = file.read_bytes()
    resource = json.loads(raw)
    return Example(file.name, resource["resourceType"], resource.get("id", ""), raw)


def in_a_bundle(each: Example) -> bytes:
    """Put an example into a transaction, letter by letter as it is, under its own id."""
    start = {"request": {"method": "PUT", "url": f"{each.kind}/{each.local_id}"}}
    entry = json.dumps(start)[:-1].encode() + b',"resource":' + each.raw + b"}"
    return b'{"resourceType":"Bundle","type":"transaction","entry":[' + entry + b"]}"


@dataclass(frozen=True, slots=True)
class Sending:
    """One request that has an example in it."""

    name: str
    address: str
    raw: bytes
    method: str = "POST"


def _by_put(each: Example) -> Sending:
    return Sending(each.name, f"/fhir/R4/{each.kind}/{each.local_id}", each.raw, "PUT")


def _by_post(each: Example) -> Sending:
    return Sending(each.name, f"/fhir/R4/{each.kind}", each.raw)


async def check(folder: Path) -> list[str]:
    found = examples(folder)
    async with running_hub() as hub:
        ways = {
            "each PUT under its id": [_by_put(each) for each in found],
            "each POSTed, patients PUT": [
                _by_put(each) if each.kind == "Patient" else _by_post(each) for each in found
            ],
            "each in a Bundle": [
                Sending(each.name, "/fhir/R4", in_a_bundle(each)) for each in found
            ],
            "Bundles as themselves, patients PUT": [
                _by_put(each)
                if each.kind == "Patient"
                else Sending(each.name, "/fhir/R4", each.raw)
                for each in found
                if each.kind in {"Patient", "Bundle"}
            ],
        }
        wrong = []
        for n, (way, sendings) in enumerate(ways.items()):
            key, became = await hub.facility(f"0100{n}"), Became()
            state = await _state(hub)
            for each in sendings:
                answer = await hub.sends(key, each.address, each.raw, method=each.method)
                before, state = state, await _state(hub)
                became.note(each.name, answer, before, state)
            _tell(way, became)
            wrong += [f"{way}: {each}" for each in became.wrong]
    return wrong


async def _state(hub: RunningHub) -> State:
    return State(await stored(hub.owner), await _rows(hub))


async def _rows(hub: RunningHub) -> dict[tuple[str, str], tuple[str, str]]:
    """Give (table, id) -> (message, hash) of every row that is of a message."""
    one = (
        "SELECT '{0}' AS kind, id, received_event, md5((to_jsonb(t) - 'reported')::text) AS hash"
        ' FROM "{0}" t'
    )
    one += " WHERE received_event IS NOT NULL"
    rows = await hub.owner.fetch(" UNION ALL ".join(one.format(table) for table in OF_MESSAGES))
    return {
        (row["kind"], str(row["id"])): (str(row["received_event"]), row["hash"]) for row in rows
    }


def _class_of(answer: Answer) -> str:
    if answer.status not in ACCEPTED:
        return f"refused {answer.status}"
    said = json.dumps(answer.body)
    if '"severity": "error"' in said:
        return "a batch, some of it refused"
    return "accepted, not shown" if "kept as it came" in said else "accepted, shown"


def _says_why(answer: Answer) -> bool:
    """Tell whether each problem has words, and a place unless it is about the whole."""
    return bool(answer.issues) and all(
        each.get("diagnostics") and (each.get("expression") or len(answer.issues) == 1)
        for each in answer.issues
    )


def _reason(issue: dict[str, Any]) -> str:
    return f"{issue['code']}: {issue['diagnostics']}"


def _tell(way: str, became: Became) -> None:
    echo(f"{way}: {sum(became.classes.values())}")
    for what, count in sorted(became.classes.items()):
        echo(f"  {count:4}  {what}")
    for why, count in became.reasons.most_common():
        echo(f"        {count:4}  {why}")


def main() -> None:
    wrong = asyncio.run(check(folder_told(sys.argv[1:], "fhir_r4_examples") / "official"))
    end_with(wrong)


if __name__ == "__main__":
    main()
