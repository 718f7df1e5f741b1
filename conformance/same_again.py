"""Sends every file three times at once over two API processes; what is kept is as if it came once.

First each file is sent once. Then the hub forgets it all, and each is sent three times at once; and
then so again, under new message ids. Exits 1 where what is kept differs from what was kept after
one sending, and when the second round changed a row.

python -m conformance.same_again [FOLDER]      (../shared/data unless told)
"""

import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from typer import echo

from backend.schema.piccolo_app import TABLES
from conformance.fhir_examples import ACCEPTED, examples, in_a_bundle
from conformance.material import end_with, folder_told
from conformance.running import RunningHub, running_hub
from conformance.stored import MAY_GROW, changes, stored

TIMES = 3
_CHOSEN_BY_THE_HUB = (
    "id patient filed_under received_event facility happened_at visible_from finished_at change_n"
    " replaced_by"
)
_OWN_ID = re.compile(r'\\"(id|replacedBy)\\":\\"[0-9a-f-]{36}\\",?')
"""The hub's id of a record, as it stands in the document, and of what took its place."""
_AS_OF = re.compile(r'\\"(asOf|correctedAt)\\":\\"[^"\\]*\\",?')
"""When a message came in, where its sender says no time of its own."""
_HASHED = re.compile(r"(?<![\w-])[\w-]{32}(?![\w-])", re.ASCII)
"""The hash that stands for a name of its sender (`name_hashes`)."""
OF_CONTENT = "~"
"""Begins a name that is made of a record's content and its chart."""
_KEPT = [
    each._meta.tablename  # noqa: SLF001  # Piccolo's own place for it
    for each in TABLES
    if hasattr(each, "content_hash") and hasattr(each, "key")
]
"""Tables of what a hospital says of patients, doctors and departments."""


@dataclass(frozen=True, slots=True)
class Sending:
    name: str
    raw: bytes
    alone: bool
    """No other file speaks of the same; the official examples use some numbers several times."""


def sendings(data: Path) -> list[Sending]:
    """List all that is sent, in the order in which files name each other."""
    files = sorted((data / "synthea_r4").glob("*.json"))
    whole = [Sending(each.name, each.read_bytes(), alone=True) for each in files]
    found = examples(data / "fhir_r4_examples" / "official")
    times = Counter(name for each in found for name in _names(each.raw))
    return whole + [
        Sending(each.name, in_a_bundle(each), all(times[name] == 1 for name in _names(each.raw)))
        for each in found
    ]


def _names(raw: bytes) -> set[tuple[str, str]]:
    """Give all that a file calls what it speaks of: its id, its numbers."""
    resource = json.loads(raw)
    found = resource.get("identifier", [])
    numbers = {each.get("value", "") for each in (found if isinstance(found, list) else [found])}
    return {(resource["resourceType"], each) for each in numbers | {resource["id"]}}


async def check(data: Path) -> list[str]:
    sent = sendings(data)
    async with running_hub(apis=2) as hub:
        key = await hub.facility("01001")
        answers = [(await hub.sends(key, "/fhir/R4", each.raw)).status for each in sent]
        once = await kept(hub)
        taken = [each for each, status in zip(sent, answers, strict=True) if status in ACCEPTED]
        await hub.forget()
        wrong = await _at_once(hub, key, taken, "first")
        thrice, before = await kept(hub), await stored(hub.owner)
        alone = [each for each in taken if each.alone]
        wrong += await _at_once(hub, key, alone, "second")
        changed = changes("the second round", before, await stored(hub.owner), MAY_GROW)
    wrong += _differences(once, thrice) + changed
    echo(
        f"{len(taken)} of {len(sent)} messages were taken; each {TIMES} times at once over 2 API"
        f" processes: {sum(each.total() for each in thrice.values())} rows as after one sending;"
        f" {len(alone)} of them so again: {len(changed)} of {len(before)} tables changed"
    )
    return wrong


async def _at_once(hub: RunningHub, key: str, taken: list[Sending], which: str) -> list[str]:
    """Send each under three ids of its own; give what was not answered with 2xx."""
    wrong = []
    for n, each in enumerate(taken):
        answers = await asyncio.gather(
            *(
                hub.sends(key, "/fhir/R4", each.raw, by=time, name=f"{which}-{n}-{time}")
                for time in range(TIMES)
            )
        )
        wrong += [
            f"{each.name}: {answer.status} {answer.body}"
            for answer in answers
            if answer.status not in ACCEPTED
        ]
    return wrong


async def kept(hub: RunningHub) -> dict[str, Counter[str]]:
    """Give every record without what the hub itself chose, and how many patients and notices."""
    found = dict[str, list[str]]()
    for table in _KEPT:
        rows = await hub.owner.fetch(
            f"""SELECT (to_jsonb(t) - $1::text[])::text AS line FROM "{table}" t""",
            _CHOSEN_BY_THE_HUB.split(),
        )
        found[table] = [_without_ids(row["line"]) for row in rows]
    names = _names_of_rows(line for lines in found.values() for line in lines)
    kept = {
        table: Counter(
            _with_names_in_order(_HASHED.sub(lambda name: names.get(name[0], name[0]), line))
            for line in lines
        )
        for table, lines in found.items()
    }
    for table in ("patient", "patient_identifier", "contact_point", "notification", "delivery"):
        count = await hub.owner.fetchval(f'SELECT count(*) FROM "{table}"')
        kept[table] = Counter({f"{count} rows": 1})
    return kept


def _names_of_rows(lines: Iterable[str]) -> dict[str, str]:
    """Name each row, for all that refer to it, by what it says: its key may hold a chart's id.

    Two rows of equal content may share the name of that content. It then stands for both.
    """
    said: dict[str, set[str]] = {}
    for line in lines:
        content = sha256(_HASHED.sub("", line).encode()).hexdigest()
        for called in _called(json.loads(line)):
            said.setdefault(called, set()).add(content)
    return {called: "+".join(sorted(contents)) for called, contents in said.items()}


def _with_names_in_order(line: str) -> str:
    """Sort what is a set: it is stored in the order of hashes."""
    row = json.loads(line)
    return json.dumps(row | {"names": sorted(row.get("names", []))}, sort_keys=True)


def _called(row: dict[str, Any]) -> list[str]:
    """Give the names that stand for a row alone: its key, its id, and the name of its content."""
    own = [name[1:] for name in row.get("names", []) if name.startswith(OF_CONTENT)]
    return [row["key"], row["local_id"], *own]


def _without_ids(line: str) -> str:
    return _AS_OF.sub("", _OWN_ID.sub("", line))


def _differences(once: dict[str, Counter[str]], thrice: dict[str, Counter[str]]) -> list[str]:
    return [
        f"{table}: {_briefly(list(once[table] - thrice[table]), list(thrice[table] - once[table]))}"
        for table in once
        if once[table] != thrice[table]
    ]


def _briefly(lost: list[str], added: list[str]) -> str:
    """Say how many rows differ, and in which columns the nearest two do."""
    if not (lost and added and lost[0].startswith("{")):
        return f"lost {str(lost)[:300]}; added {str(added)[:300]}"
    one = json.loads(lost[0])
    nearest = min((_differing(one, json.loads(each)) for each in added), key=len)
    return f"{len(lost)} lost, {len(added)} added; as in {'; '.join(nearest)[:600]}"


def _differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return [
        f"{name}: {str(one[name])[:150]} became {str(other.get(name))[:150]}"
        for name in one
        if one[name] != other.get(name)
    ]


def main() -> None:
    wrong = asyncio.run(check(folder_told(sys.argv[1:], ".")))
    end_with(wrong)


if __name__ == "__main__":
    main()
