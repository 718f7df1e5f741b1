"""In whatever order the versions of a report arrive, the newest one stays."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from backend.sandbox.demo.story_bundles import LAN, Resource, visit
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, an_hour_ago, only, without_message_id

ORDERS = 200
VERSIONS = (("partial", "13.9"), ("final", "13.2"), ("corrected", "12.9"))
"""Status and haemoglobin, the oldest first."""


def version_of(n: int, which: int, at: datetime) -> Resource:
    """Write one version of the nth report."""
    status, haemoglobin = VERSIONS[which]
    bundle = only(visit(LAN, at, {"718-7": haemoglobin}), "DiagnosticReport", "Observation")
    for each in bundle["entry"]:
        each["resource"]["identifier"][0]["value"] += f"-{n}"
        each["resource"]["meta"] = {"lastUpdated": (at + timedelta(minutes=which)).isoformat()}
        if each["resource"]["resourceType"] == "DiagnosticReport":
            each["resource"]["status"] = status
    return without_message_id(bundle)


def order_of(n: int) -> list[int]:
    """Every version at least once and some of them twice, shuffled: the same in each run."""
    versions = [which % len(VERSIONS) for which in range(n, n + len(VERSIONS) + n % 3)]
    mixed = [(sha256(f"{n} {place}".encode()).digest(), which)
             for place, which in enumerate(versions)]  # fmt: skip
    return [which for _, which in sorted(mixed)]


UNLIKE: Final = {"id": "", "asOf": "", "correctedAt": ""}
"""What tells orders apart: when each was here, and whether another was before it."""


def without_ids(document: str) -> Any:
    read = json.loads(document, parse_float=str)
    return read | UNLIKE | {"observations": [each | UNLIKE for each in read["observations"]]}


def _told(kinds: Sequence[str]) -> tuple[int, bool]:
    return kinds.count("result.ready"), set(kinds) <= {"result.ready", "result.corrected"}


async def test_two_hundred_orders_of_partial_final_and_corrected_end_the_same(
    database: Database, hospital: Hospital
) -> None:
    at = an_hour_ago()
    for n in range(ORDERS):
        for which in order_of(n):
            answer = await hospital.posts(version_of(n, which, at))
            assert answer.status_code == 200, answer.text

    rows = await database.owner.fetch("SELECT id, status, body FROM result")
    said = await database.owner.fetch("SELECT subject, kind FROM notification ORDER BY id")
    told: dict[Any, list[str]] = {row["id"]: [] for row in rows}
    for each in said:
        told[each["subject"]].append(each["kind"])
    assert (len(rows), {row["status"] for row in rows}) == (ORDERS, {"corrected"})
    documents = [without_ids(row["body"]) for row in rows]
    assert [each for each in documents if each != documents[0]] == []
    assert documents[0]["observations"][2]["value"] == "12.9"
    assert {_told(kinds) for kinds in told.values()} == {(1, True)}
