"""A fault where nobody looks is a remark; a fault in what a patient reads refuses, said once."""

from typing import Any
from uuid import UUID

import pytest

from backend.intake.fhir.entry_events import SHOWN, events_of
from backend.intake.fhir.model.business_keys import Keys
from backend.intake.fhir.model.message_parts import MessageParts
from backend.intake.fhir.model.opening import open_bundle
from backend.intake.fhir.model.parsing import parse_resource
from backend.intake.fhir.model.read_elements import READ, is_read
from backend.intake.fhir.model.references import References
from backend.intake.fhir.model.sender import nothing_declared
from backend.records.kinds import KINDS
from backend.sandbox.demo.story_bundles import LAN, Resource, encoded, registration
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital
from tests.harness.intake.named import DAY, HERS, bundle, measured, put, said, stored
from tests.harness.intake.other_kinds import ALL
from tests.harness.records.everything import an_example

KALI: Resource = measured("Kali", 4.1)
UNSEEN: dict[str, tuple[Resource, ...]] = {
    "a Provenance without its target": (
        KALI,
        {"resourceType": "Provenance", "recorded": DAY, "agent": [{"who": {"display": "LIS"}}]},
    ),
    "a narrative without its div": (KALI | {"text": {"status": "generated"}},),
    "an odd device": (KALI | {"device": "máy 3"},),
    "an odd language": (KALI | {"language": 5},),
    "an extension without its address": (KALI | {"extension": [{"valueString": "x"}]},),
    "an AuditEvent of nothing": (KALI, {"resourceType": "AuditEvent", "recorded": "gestern"}),
    "a contained Device": (
        KALI | {"contained": [{"resourceType": "Device", "id": "d", "expirationDate": "mai"}]},
    ),
    "a unit of a Goal": (KALI, {"resourceType": "Goal", "subject": HERS, "startDate": 7}),
}
SEEN: dict[str, Resource] = {
    "a value that is no number": KALI | {"valueQuantity": {"value": "4,1"}},
    "a time that is none": KALI | {"effectiveDateTime": "hôm qua"},
    "no status": {name: part for name, part in KALI.items() if name != "status"},
    "no code": {name: part for name, part in KALI.items() if name != "code"},
    "a misspelt element": KALI | {"valuQuantity": {"value": 4}},
    "an odd subject": KALI | {"subject": "Lan"},
    "an odd time of the last change": KALI | {"meta": {"lastUpdated": "mới"}},
    "a contained value": KALI | {"contained": [
        {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "K"},
         "valueQuantity": {"value": "x"}}]},
}  # fmt: skip


@pytest.mark.parametrize("kind", ["transaction", "message", "collection"])
@pytest.mark.parametrize("what", UNSEEN)
async def test_a_fault_that_nobody_sees_is_a_remark_with_its_place(
    hospital: Hospital, database: Database, what: str, kind: str
) -> None:
    answer = await hospital.posts(bundle(*UNSEEN[what], kind=kind))

    assert answer.status_code == 200, answer.text
    warned = [
        issue
        for each in answer.json()["entry"]
        for issue in each["response"].get("outcome", {}).get("issue", [])
        if issue["severity"] == "warning"
    ]
    assert warned
    assert all(issue["expression"][0].startswith("Bundle.entry[") for issue in warned)
    assert await stored(database) == [("Kali", 4.1)]


@pytest.mark.parametrize("what", UNSEEN)
async def test_who_wants_it_strictly_hears_of_every_fault(
    hospital: Hospital, database: Database, what: str
) -> None:
    answer = await hospital.posts(bundle(*UNSEEN[what]), Prefer="handling=strict")

    assert answer.status_code == 422
    assert await stored(database) == []


@pytest.mark.parametrize("what", SEEN)
async def test_a_fault_in_what_is_read_refuses(
    hospital: Hospital, database: Database, what: str
) -> None:
    answer = await hospital.posts(bundle(SEEN[what]))

    assert answer.status_code == 422
    told = [(i["diagnostics"], *i.get("expression", [""])) for i in answer.json()["issue"]]
    assert len(told) == len(set(told))
    assert all(place for _, place in told)
    assert await stored(database) == []


async def test_a_batch_and_a_resource_alone_are_read_the_same(
    hospital: Hospital, database: Database
) -> None:
    odd = KALI | {"device": "máy 3", "id": "x"}

    batch = await hospital.posts(bundle(odd, SEEN["no code"], kind="batch"))
    alone = await put(hospital, odd)

    assert [each["response"]["status"][:3] for each in batch.json()["entry"]] == ["201", "422"]
    assert alone.status_code == 200
    assert any("expected an object" in words for words in said(alone))
    assert await stored(database) == [("Kali", 4.1)]


ODD = [{"url": "urn:test:negates", "valueBoolean": True}]
MODIFIED: dict[str, Resource] = {
    "the root": KALI | {"modifierExtension": ODD},
    "a component": KALI | {"component": [{"code": {"text": "a"}, "modifierExtension": ODD}]},
    "a reference range": KALI | {"referenceRange": [{"text": "1-2", "modifierExtension": ODD}]},
    "implicit rules": KALI | {"implicitRules": "urn:test:negated"},
    "what it contains": KALI | {"contained": [
        {"resourceType": "Specimen", "id": "s", "collection": {"modifierExtension": ODD}}]},
    "the rules of what it contains": KALI | {"contained": [
        {"resourceType": "Specimen", "id": "s", "implicitRules": "urn:test:negated"}]},
    "a reaction": {"resourceType": "AllergyIntolerance", "patient": HERS, "code": {"text": "a"},
                   "reaction": [{"manifestation": [{"text": "b"}], "modifierExtension": ODD}]},
    "a dosage": {"resourceType": "MedicationStatement", "status": "active", "subject": HERS,
                 "medicationCodeableConcept": {"text": "a"},
                 "dosage": [{"text": "1", "doseAndRate": [{"doseQuantity": {"value": 1}}],
                             "timing": {"modifierExtension": ODD}}]},
    "a dose of a vaccine": {"resourceType": "Immunization", "status": "completed", "patient": HERS,
                            "vaccineCode": {"text": "a"}, "occurrenceDateTime": "2026",
                            "protocolApplied": [
                                {"doseNumberPositiveInt": 1, "modifierExtension": ODD}]},
    "a patient": registration(LAN)["entry"][0]["resource"] | {"modifierExtension": ODD},
    "a contact of a patient": registration(LAN)["entry"][0]["resource"] | {
        "contact": [{"name": {"text": "a"}, "modifierExtension": ODD}]},
    "a doctor": {"resourceType": "Practitioner", "name": [{"text": "a"}],
                 "qualification": [{"code": {"text": "b"}, "modifierExtension": ODD}]},
    "a document": {"resourceType": "Composition", "status": "final", "type": {"text": "a"},
                   "date": DAY, "author": [{"display": "a"}], "title": "a", "subject": HERS,
                   "section": [{"title": "b", "modifierExtension": ODD}]},
}  # fmt: skip


@pytest.mark.parametrize("where", MODIFIED)
async def test_what_changes_the_meaning_refuses_wherever_it_stands(
    hospital: Hospital, database: Database, where: str
) -> None:
    answer = await hospital.posts(bundle(MODIFIED[where]))

    assert answer.status_code == 422
    (issue,) = [i for i in answer.json()["issue"] if "expression" in i]
    assert issue["expression"][0].endswith((".modifierExtension", ".implicitRules"))


@pytest.mark.parametrize(
    "spoil", [{"implicitRules": "urn:x"}, {"entry": [{"modifierExtension": ODD}]}]
)
@pytest.mark.parametrize("kind", ["transaction", "batch"])
async def test_a_bundle_that_is_meant_otherwise_is_refused(
    hospital: Hospital, spoil: Resource, kind: str
) -> None:
    whole = bundle(KALI, kind=kind)
    if "entry" in spoil:
        whole["entry"][0] |= spoil["entry"][0]
    else:
        whole |= spoil

    assert (await hospital.posts(whole)).status_code == 422


async def test_nothing_is_refused_for_a_modifier_of_what_nobody_reads(hospital: Hospital) -> None:
    goal = {"resourceType": "Goal", "lifecycleStatus": "active", "subject": HERS,
            "description": {"text": "a"}, "modifierExtension": ODD}  # fmt: skip

    assert (await hospital.posts(bundle(KALI, goal))).status_code == 200


@pytest.mark.parametrize(
    ("method", "url", "id_", "words"),
    [
        ("DELETE", "Observation/1", "", "only POST and PUT are taken"),
        ("GET", "Observation/1", "", "only POST and PUT are taken"),
        ("PUT", "Patient/BN_1", "BN_1", "is not a valid id"),
        ("PUT", "Patient/BN_1", "", "has an id that is not valid"),
    ],
)
async def test_the_real_fault_of_a_request_is_said(
    hospital: Hospital, method: str, url: str, id_: str, words: str
) -> None:
    named = {"id": id_} if id_ else {}
    resource = {"resourceType": "Patient", "name": [{"text": "a"}]} | named
    entry: Resource = {"request": {"method": method, "url": url}}
    entry |= {"resource": resource} if method == "PUT" else {}

    answer = await hospital.posts({"resourceType": "Bundle", "type": "batch", "entry": [entry]})

    assert said(answer) == [words]


class Watched(dict[str, Any]):
    """Notes which of its elements somebody reads."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(told)
        self.read: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.read.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.read.add(str(key))
        return super().__contains__(key)


EXAMPLES: tuple[Resource, ...] = (*ALL, *(an_example(kind.table, HERS) for kind in KINDS))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each["resourceType"])
def test_whatever_a_reader_looks_at_is_said_to_be_read(example: Resource) -> None:
    """Else a fault in it would be a remark, and a patient would see nothing of it."""
    sender = nothing_declared(UUID(int=1))
    (entry,) = open_bundle(parse_resource(encoded(bundle(example))))
    watched = Watched(entry.resource)
    object.__setattr__(entry, "resource", watched)
    references = References([entry])
    parts = MessageParts([entry], references, Keys(references, sender, [entry]))
    watched.read.clear()

    list(events_of(entry, parts))

    assert not {name for name in watched.read & example.keys() if not is_read(entry.kind, name)}


def test_every_kind_that_is_shown_says_what_is_read_of_it() -> None:
    assert {kind.fhir for kind in KINDS} | set(SHOWN) <= set(READ)


@pytest.mark.parametrize("odd", [None, [], "x", 5])
@pytest.mark.parametrize("n", [0, 1, 2])
async def test_an_entry_that_is_no_object_has_an_answer_and_hinders_no_other(
    hospital: Hospital, database: Database, odd: Any, n: int
) -> None:
    batch = bundle(KALI, measured("Natri", 140)) | {"type": "batch"}
    batch["entry"].insert(n, odd)

    told = (await hospital.posts(batch)).json()["entry"]

    expected = ["201", "201"]
    expected.insert(n, "422")
    assert [each["response"]["status"][:3] for each in told] == expected
    assert await stored(database) == [("Kali", 4.1), ("Natri", 140)]
    refused = told[n]["response"]["outcome"]["issue"][0]
    assert refused["expression"] == [f"Bundle.entry[{n}]"]
