"""A large body is answered and stored as a small one of the same words is, by another process."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from types import FrameType
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient, Response

from backend.api.large_bodies.relay import ANSWERED, LargeBodies
from backend.core.metrics import EVENTS, LARGE_BODIES
from backend.sandbox.demo.story_bundles import LAN, Resource, encoded, registration
from tests.api.large_bodies.conftest import padded
from tests.conftest import Database
from tests.harness.intake.documents import letter
from tests.harness.intake.files import PLAIN_PDF, attached
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.intake.other_kinds import PRACTITIONER, sent
from tests.harness.refusals import code_of

LETTER = letter(attached(PLAIN_PDF))
EXTENDED = LETTER | {"extension": [{"url": "urn:test:x", "valueString": "x"}]}
PATIENT: Resource = registration(LAN)["entry"][0]["resource"]
IDENTIFIER = "{system}|{value}".format(**PATIENT["identifier"][0])


def bundle(kind: str, *resources: Resource) -> bytes:
    return encoded(sent(*resources) | {"type": kind})


REQUESTS: dict[str, tuple[str, str, bytes, dict[str, str]]] = {
    "transaction": ("POST", "/fhir/R4", bundle("transaction", PRACTITIONER, LETTER), {}),
    "collection": ("POST", "/fhir/R4", bundle("collection", PRACTITIONER, LETTER), {}),
    "batch in part": ("POST", "/fhir/R4", bundle("batch", LETTER, LETTER | {"status": "?"}), {}),
    "one resource": ("POST", "/fhir/R4/DocumentReference", encoded(LETTER), {}),
    "put": ("PUT", "/fhir/R4/DocumentReference/l1", encoded(LETTER), {}),
    "put elsewhere": ("PUT", "/fhir/R4/DocumentReference/l2", encoded(LETTER), {}),
    "known already": ("POST", "/fhir/R4/Patient", encoded(PATIENT),
                      {"If-None-Exist": f"identifier={IDENTIFIER}"}),
    "dry run": ("POST", "/fhir/R4/DocumentReference?dry-run=true", encoded(LETTER), {}),
    "strict": ("POST", "/fhir/R4/DocumentReference", encoded(EXTENDED),
               {"Prefer": "handling=strict"}),
    "with remarks": ("POST", "/fhir/R4/DocumentReference", encoded(EXTENDED), {}),
    "invalid": ("POST", "/fhir/R4/DocumentReference", encoded(LETTER | {"status": 1}), {}),
    "not FHIR": ("POST", "/fhir/R4", b'{"resourceType": "Nothing"}', {}),
    "not JSON": ("POST", "/fhir/R4", b"[1, 2", {}),
    "another address": ("POST", "/fhir/R4/Observation", encoded(LETTER), {}),
    "unknown parameter": ("POST", "/fhir/R4?dry_run=true", encoded(LETTER), {}),
    "its own id": ("POST", "/fhir/R4/DocumentReference", encoded(LETTER), {"Idempotency-Key": "k"}),
}  # fmt: skip


def seen(answer: Response) -> tuple[int, bytes, dict[str, str]]:
    """What a sender reads, but for the names that each message and each facility gets anew."""
    headers = {name: _UUID.sub("some", value) for name, value in answer.headers.items()}
    return answer.status_code, answer.content, headers


@pytest.mark.parametrize("name", REQUESTS)
async def test_a_large_body_is_answered_as_a_small_one_is(
    database: Database, client: AsyncClient, sender: Hospital, name: str
) -> None:
    method, address, body, headers = REQUESTS[name]
    direct = await a_hospital(database, client)
    await direct.registers(LAN)

    small = [await direct.sends(method, address, body, **headers) for _ in range(2)]
    large = [await sender.sends(method, address, padded(body), **headers) for _ in range(2)]

    assert list(map(seen, large)) == list(map(seen, small))
    rows = "SELECT count(*) FROM received_event WHERE facility = $1"
    assert await database.owner.fetchval(rows, sender.facility) == (
        await database.owner.fetchval(rows, direct.facility)
    )


async def test_an_id_that_was_used_for_other_words_is_a_conflict_for_both(
    sender: Hospital,
) -> None:
    one, other = encoded(LETTER), encoded(LETTER | {"description": "other"})
    address = "/fhir/R4/DocumentReference"

    first = await sender.sends("POST", address, padded(one), Idempotency_Key="k")
    second = await sender.sends("POST", address, padded(other), Idempotency_Key="k")
    third = await sender.sends("POST", address, other, Idempotency_Key="k")

    assert first.status_code == 201
    assert (second.status_code, second.json()) == (third.status_code, third.json())
    assert second.status_code == 409


async def test_what_the_helper_counts_is_seen_in_the_metrics_of_its_api(sender: Hospital) -> None:
    applied, answered = EVENTS.labels("fhir", "applied"), LARGE_BODIES.labels(ANSWERED)
    before = applied._value.get(), answered._value.get()

    await sender.sends("POST", "/fhir/R4/DocumentReference", padded(encoded(LETTER)))

    assert (applied._value.get(), answered._value.get()) == (before[0] + 1, before[1] + 1)


@contextmanager
def called_here() -> Iterator[set[str]]:
    """Note every function of Python that this process calls meanwhile."""
    called: set[str] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            called.add(frame.f_code.co_qualname)

    sys.setprofile(note)
    try:
        yield called
    finally:
        sys.setprofile(None)


_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
READING = {"check_json", "look", "read_submission", "take_in", "files_of"}


@pytest.mark.parametrize(
    "body",
    [
        padded(encoded(LETTER)),
        encoded(sent(*[PRACTITIONER | {"id": f"p{n}"} for n in range(1500)])),
    ],
    ids=["over 1 MB", "of many values"],
)
async def test_no_large_body_is_parsed_in_the_process_of_the_api(
    sender: Hospital, body: bytes
) -> None:
    with called_here() as called:
        answer = await sender.sends("POST", "/fhir/R4?dry-run=true", body)
    with called_here() as called_for_small:
        await sender.sends("POST", "/fhir/R4?dry-run=true", encoded(sent(PRACTITIONER)))

    assert answer.status_code in {200, 422}, answer.text
    assert called & READING == set()
    assert called_for_small >= READING - {"take_in", "files_of"}


async def test_one_megabyte_is_read_here_and_a_byte_more_by_the_helper(
    sender: Hospital, large_bodies: LargeBodies
) -> None:
    body = encoded(LETTER)
    just = padded(body, 1024 * 1024 - len(body))
    sizes = {len(just): just, len(just) + 1: padded(just, 1)}
    answered = LARGE_BODIES.labels(ANSWERED)

    relayed = {}
    for size, said in sizes.items():
        before = answered._value.get()
        answer = await sender.sends("PUT", "/fhir/R4/DocumentReference/l1", said)
        relayed[size] = (answer.status_code < 300, answered._value.get() - before)

    assert relayed == {1_048_576: (True, 0), 1_048_577: (True, 1)}


async def test_the_largest_body_comes_in_and_a_byte_more_does_not(sender: Hospital) -> None:
    body = encoded(LETTER)
    largest = padded(body, 28 * 1024 * 1024 - len(body))

    taken = await sender.sends("POST", "/fhir/R4/DocumentReference", largest)
    refused = await sender.sends("POST", "/fhir/R4/DocumentReference", padded(largest, 1))

    assert (taken.status_code, refused.status_code) == (201, 413)
    assert code_of(refused) == "body_too_large"


async def test_a_long_chain_of_entries_is_refused_and_is_no_mistake_of_the_hub(
    sender: Hospital,
) -> None:
    chain = [
        {"resourceType": "Observation", "status": "final", "code": {"text": "x"},
         "subject": LETTER["subject"], "valueString": "x"} for _ in range(300)
    ]  # fmt: skip
    said = sent(*chain)
    for entry in said["entry"]:
        entry["fullUrl"] = uuid4().urn
    for entry, following in pairwise(said["entry"]):
        entry["resource"]["hasMember"] = [{"reference": following["fullUrl"]}]

    small = await sender.posts(encoded(said))
    large = await sender.posts(padded(encoded(said)))

    assert (small.status_code, code_of(small)) == (413, "body_too_demanding")
    assert (large.status_code, large.content) == (small.status_code, small.content)
