"""The FHIR door speaks FHIR, in JSON of R4: also when it refuses, whatever the reason is."""

from typing import Any

import pytest
from httpx import AsyncClient

from backend.intake.fhir.formats import is_spoken
from tests.api.conftest import is_outcome
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, a_hospital

FHIR = "application/fhir+json"
JSON = {"Content-Type": FHIR}


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    return await a_hospital(database, client)


REFUSED: dict[str, tuple[tuple[Any, ...], dict[str, str], int, str, str]] = {
    "an unknown kind": (
        ("POST", "/fhir/R4/Unicorn", b'{"resourceType":"Unicorn"}'), {},
        422, "not_fhir", "structure",
    ),
    "not FHIR": (("POST", "/fhir/R4", b'{"a":1}'), {}, 422, "not_fhir", "structure"),
    "not JSON": (("POST", "/fhir/R4", b"{"), {}, 400, "malformed_body", "structure"),
    "an invalid resource": (
        ("POST", "/fhir/R4/Observation", b'{"resourceType":"Observation"}'), {},
        422, "invalid_fhir", "invalid",
    ),
    "a wrong key": (
        ("POST", "/fhir/R4", b"{}"), {"Authorization": "Bearer x"}, 401, "wrong_key", "login"
    ),
    "another type": (
        ("POST", "/fhir/R4", b"<a/>"), {"Content_Type": "application/fhir+xml"},
        415, "unsupported_media_type", "not-supported",
    ),
    "another release": (
        ("POST", "/fhir/R4", b"{}"), {"Content_Type": f"{FHIR}; fhirVersion=5.0"},
        415, "unsupported_media_type", "not-supported",
    ),
    "no such address": (
        ("POST", "/fhir/R4/Patient/1/$everything", b"{}"), {}, 404, "not_found", "not-found"
    ),
    "no such release": (("POST", "/fhir/R5", b"{}"), {}, 404, "not_found", "not-found"),
    "the door alone": (("GET", "/fhir"), {}, 404, "not_found", "not-found"),
    "another spelling": (("POST", "/fhir//R4", b"{}"), {}, 404, "not_found", "not-found"),
    "an unreadable address": (
        ("POST", "/fhir/R4/Patient%00", b"{}"), {}, 400, "unreadable_address", "invalid"
    ),
    "a method": (
        ("DELETE", "/fhir/R4/Patient/1"), {}, 405, "method_not_allowed", "not-supported"
    ),
    "reading": (("GET", "/fhir/R4"), {}, 405, "method_not_allowed", "not-supported"),
    "an unknown parameter": (
        ("POST", "/fhir/R4?dry=1", b"{}"), {}, 400, "unknown_parameter", "not-supported"
    ),
    "a wrong parameter": (
        ("POST", "/fhir/R4?dry-run=maybe", b"{}"), {}, 400, "invalid_request", "invalid"
    ),
    "too much": (
        ("POST", "/fhir/R4", b"{}"), {"Content_Length": "99999999999"},
        413, "body_too_large", "too-long",
    ),
    "another format": (
        ("POST", "/fhir/R4", b"{}"), {"Accept": "text/html"},
        406, "not_acceptable", "not-supported",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
async def test_every_refusal_below_fhir_is_an_operation_outcome(
    hospital: Hospital, what: str
) -> None:
    (method, path, *body), headers, status, code, word = REFUSED[what]

    answer = await hospital.sends(method, path, body[0] if body else b"", **headers)

    assert is_outcome(answer, status, code), answer.text
    assert {issue["code"] for issue in answer.json()["issue"]} == {word}
    assert answer.headers["cache-control"] == "no-store"


async def test_a_refusal_keeps_the_headers_that_say_what_to_do(hospital: Hospital) -> None:
    method = await hospital.sends("GET", "/fhir/R4", b"")
    key = await hospital.sends("POST", "/fhir/R4", b"{}", Authorization="Bearer x")
    none = await hospital.client.post("/fhir/R4", content=b"{}", headers=JSON)

    assert method.headers["allow"] == "OPTIONS, POST"
    assert key.headers["www-authenticate"] == 'Bearer realm="hospital", error="invalid_token"'
    assert none.headers["www-authenticate"] == 'Bearer realm="hospital"'


async def test_beside_the_fhir_door_a_refusal_is_a_problem(hospital: Hospital) -> None:
    for path in ("/fhirs", "/hospital/fhir", "/v1/fhir/R4"):
        answer = await hospital.sends("POST", path, b"{}")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("accept", "path", "status"),
    [
        (FHIR, "", 200), ("application/json", "", 200), ("*/*", "", 200), ("", "", 200),
        ("application/*;q=0.1", "", 200), ("text/html, application/json;q=0.9", "", 200),
        (f"{FHIR}; fhirVersion=4.0, application/json;q=0.9", "", 200), ("json", "", 200),
        ("Application/FHIR+JSON", "", 200), ("application/fhir+xml;q=1.0, */*;q=0.1", "", 200),
        ("application/fhir+xml", "?_format=json", 200), ("text/html", f"?_format={FHIR}", 200),
        ("*/*", "?_format=application/fhir%2Bjson", 200), ("*/*", "?_format=text/json", 200),
        ("*/*", "?_format=JSON", 200),
        ("application/fhir+xml", "", 406), ("text/html", "", 406), ("text/*", "", 406),
        (f"{FHIR};q=0", "", 406), (f"{FHIR}; fhirVersion=5.0", "", 406),
        ("application/xml, text/xml;q=0.5", "", 406), ("*/*", "?_format=xml", 406),
        (FHIR, "?_format=application/fhir%2Bxml", 406), (FHIR, "?_format=ttl", 406),
        (FHIR, "?_format=xml", 406), ("application/x-ndjson", "", 406),
    ],
)  # fmt: skip
async def test_a_format_that_nobody_speaks_here_is_not_answered_with_another(
    client: AsyncClient, accept: str, path: str, status: int
) -> None:
    answer = await client.get(f"/fhir/R4/metadata{path}", headers={"Accept": accept})

    assert answer.status_code == status
    assert answer.headers["content-type"] == FHIR


async def test_nothing_is_stored_of_what_cannot_be_answered(
    hospital: Hospital, database: Database
) -> None:
    body = b'{"resourceType":"Patient"}'

    answer = await hospital.sends("POST", "/fhir/R4/Patient", body, Accept="application/fhir+xml")

    assert is_outcome(answer, 406, "not_acceptable")
    assert await database.owner.fetchval("SELECT count(*) FROM received_event") == 0


def test_several_lines_of_accept_are_one_list() -> None:
    assert is_spoken(["text/html", "application/json"], [])
    assert not is_spoken(["text/html", "text/*"], [])
    assert is_spoken([], ["xml", "json"])
