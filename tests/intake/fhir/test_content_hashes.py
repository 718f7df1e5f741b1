"""What stored hashes rest on: an upgrade reads the same content as the same."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from backend.intake.fhir.interactions import parse_alone
from backend.intake.fhir.model.pointers import pointers_in, with_changes, written
from backend.intake.fhir.model.sender import nothing_declared
from backend.intake.pipeline.events import InboundMessage, OtherRecordEvent

A, B, C = (f"urn:uuid:0000000{n}-0000-4000-8000-000000000000" for n in (1, 2, 3))
WHO = {"reference": "Patient?identifier=urn:bv|BN1"}


def condition(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Condition", "code": {"text": "Sốt"}, "subject": WHO, **more}


def encounter(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"},
            "subject": WHO, **more}  # fmt: skip


CIRCLE = [
    encounter(diagnosis=[{"condition": {"reference": B}}]), condition(encounter={"reference": A})
]  # fmt: skip
NESTED = [
    condition(
        encounter={
            "reference": B,
            "extension": [{"url": "urn:why", "valueReference": {"reference": B}}],
        },
        meta={"versionId": "4", "lastUpdated": "2026-01-01T00:00:00Z", "source": "urn:s"},
    ),
    encounter(identifier=[{"system": "urn:v", "value": "2"}, {"system": "urn:v", "value": "1"}]),
]
FILED: list[dict[str, Any]] = [
    {"resourceType": "DocumentReference", "status": "current", "type": {"text": "Giấy"},
     "subject": WHO, "content": [{"attachment": {"contentType": "text/plain", "url": B}}]},
    {"resourceType": "Binary", "contentType": "text/plain", "data": "eGluIGNow6Bv"},
]  # fmt: skip


def message(resources: list[dict[str, Any]], order: tuple[int, ...] = ()) -> InboundMessage:
    entries = [
        {"fullUrl": url, "resource": resource,
         "request": {"method": "POST", "url": resource["resourceType"]}}
        for url, resource in zip((A, B, C), resources, strict=False)
    ]  # fmt: skip
    chosen = [entries[n] for n in order or range(len(entries))]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": chosen}
    return parse_alone(msgspec.json.encode(bundle), nothing_declared(UUID(int=7)), posted=False)


@pytest.mark.parametrize(
    ("resources", "stored"),
    [
        (CIRCLE, "61a50e4613170273917becb75cae8261f35f984eb8c830836bf6ddbcb6de6da2"),
        (NESTED, "6e00dc2e91a1f41ffbe3b5b2fe93de44ce00a1036effd16860a53fd5490f95d0"),
        (FILED, "c508fc647965ec1cf5dad6d6013b2a5126d34be25d856d013b66d968699cfcfd"),
    ],
    ids=["two that name each other", "references in references", "a file beside its document"],
)
def test_content_has_the_hash_that_earlier_versions_stored(
    resources: list[dict[str, Any]], stored: str
) -> None:
    assert message(resources).content_hash.hex() == stored


def test_the_same_circle_read_twice_has_the_same_hashes() -> None:
    assert message(CIRCLE).content_hash == message(CIRCLE).content_hash


def test_a_file_that_changes_makes_its_document_another_one() -> None:
    other = [FILED[0], FILED[1] | {"data": "a2jDoWM="}]

    documents = [message(resources).events[0] for resources in (FILED, other)]

    hashes = {one.content.content_hash for one in documents if isinstance(one, OtherRecordEvent)}
    assert len(hashes) == 2


def test_one_walk_finds_each_reference_before_those_inside_of_it() -> None:
    found = pointers_in(NESTED[0])

    assert [(written(pointer.steps), pointer.field) for pointer in found.references] == [
        (".subject", "subject"),
        (".encounter", "encounter"),
        (".encounter.extension[0].valueReference", "valueReference"),
    ]
    assert written(found.literal[1].steps) == ".encounter.extension[0].valueReference"


def test_a_change_leaves_the_resource_as_it_was_sent() -> None:
    resource = {"a": [{"b": {"reference": "x"}}, {"c": 1}], "d": {"e": 2}}
    changed = with_changes(resource, {("a", 0, "b", "reference"): "y"})

    assert changed == {"a": [{"b": {"reference": "y"}}, {"c": 1}], "d": {"e": 2}}
    assert resource == {"a": [{"b": {"reference": "x"}}, {"c": 1}], "d": {"e": 2}}
    assert changed["d"] is resource["d"]
