"""Every address has one spelling: what is written in another way is not found, whoever asks."""

from typing import Any, Final
from urllib.parse import unquote_to_bytes

import pytest
from httpx import AsyncClient
from litestar import Litestar

from backend.api.request_target import is_one_spelling
from backend.auth.access.challenges import Knock, challenge
from backend.core.database import new_id
from conformance.callers import Endpoint, every_endpoint, make_callers
from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.routes import api_to_read

EVERY: Final = every_endpoint(api_to_read())
GETS: Final = [each for each in EVERY if each.method == "GET"]
NO_STREAMS: Final = [each for each in GETS if each.path != "/v1/me/stream"]
WITHOUT_PARAMETERS: Final = [each for each in GETS if "{" not in each.path]


async def asked(app: Litestar, raw: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    """Ask for a path as it is written: a client would tidy it up."""
    said: dict[str, Any] = {"headers": {}, "body": b""}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": unquote_to_bytes(raw).decode("utf-8", "replace"),
        "raw_path": raw.encode("latin-1"), "query_string": b"", "root_path": "",
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        "client": ("127.0.0.1", 1), "server": ("hub.test", 80), "state": {},
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        said.update({k: v for k, v in message.items() if k == "status"})
        said["headers"] |= {k.decode(): v.decode() for k, v in message.get("headers", [])}
        said["body"] += message.get("body", b"")

    await app(scope, receive, send)  # type: ignore[arg-type]  # stricter scope type
    return said


def spellings(path: str) -> list[str]:
    """Write a path in the other ways in which some server would find it."""
    letter = next(place for place, each in enumerate(path) if each.isalpha())
    code = f"{ord(path[letter]):02X}"
    return [
        "/" + path, path + "/", path.replace("/", "//", 1), "/." + path, "/x/.." + path,
        "/%2e" + path, "/x/%2E%2e" + path, f"{path[:letter]}%{code}{path[letter + 1:]}",
        f"{path[:letter]}%25{code}{path[letter + 1:]}", path[0] + path[1:].replace("/", "%2F", 1),
        path.replace("/", "\\", 1), "/\\" + path[1:], path + ";a=b", path + "%3Bx", path + "%20",
        path + "%00", path + "%0a", path + "#x", path.upper(), path + "%", path + "%zz",
        "http://hub.test" + path, path[1:], path + "/.", path + "/..;/x",
    ]  # fmt: skip


@pytest.mark.parametrize("endpoint", WITHOUT_PARAMETERS, ids=lambda each: each.path)
async def test_another_spelling_of_an_address_is_not_found(
    app: Litestar, database: Database, endpoint: Endpoint
) -> None:
    found = {
        spelled: answer["status"]
        for spelled in spellings(endpoint.path)
        if spelled != endpoint.path
        and (answer := await asked(app, spelled))["status"] not in {400, 404, 405}
    }

    assert found == {}  # 405: the address of a parameter that takes another method


@pytest.mark.parametrize(
    "path",
    ["/metrics", "//metrics", "/%6Detrics", "/v1/../metrics", "/metrics/", "/health/metrics"],
)
async def test_metrics_are_not_where_patients_reach(client: AsyncClient, path: str) -> None:
    assert is_problem(await client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    "raw",
    ["/", "/a", "/a/b-c.d_e~f", "/fhir/R4/Observation/a.b-C", "/a/x:y", "/a/x%3Ay", "/a/%C3%AA",
     "/a/%c3%aa", "/a/x%20y", "/a/%40", "/a/%5B1%5D", "/a/...", "/a/.b", "/a/b."],
)  # fmt: skip
def test_what_a_parameter_needs_may_stand_in_a_path(raw: str) -> None:
    assert is_one_spelling({"path": "/a", "raw_path": raw.encode()})  # type: ignore[typeddict-item]  # it reads these two


@pytest.mark.parametrize(
    "raw",
    ["", "a", "*", "//", "/a/", "/a//b", "/.", "/..", "/a/./b", "/a/../b", "/%61", "/%2D", "/%2e",
     "/%5f", "/%7E", "/%2f", "/%5C", "/%25", "/%2561", "/%09", "/%7f", "/%1F", "/%", "/%a", "/%G0",
     "/a b", "/a\\b", "/é", "/a?b", "/a#b", "/a[", "http://x/a", "/a\n"],
)  # fmt: skip
def test_what_makes_two_spellings_of_one_path_may_not_stand_in_it(raw: str) -> None:
    assert not is_one_spelling({"path": "/a", "raw_path": raw.encode()})  # type: ignore[typeddict-item]  # it reads these two


async def test_an_id_has_its_hyphens_and_may_be_in_capitals(
    database: Database, client: AsyncClient
) -> None:
    callers = await make_callers(database.owner)
    bearer = {"Authorization": f"Bearer {callers.patient_token}"}
    device = await database.owner.fetchval("SELECT id FROM device")
    for spelled in (
        device.hex,
        f"urn:uuid:{device}",
        f"%7B{device}%7D",
        f"{device.hex[:9]}-{device.hex[9:]}",
    ):
        answer = await client.delete(f"/v1/me/devices/{spelled}", headers=bearer)
        assert is_problem(answer, 404, "not_found"), spelled
    patient = await database.owner.fetchval("SELECT chart FROM session_chart")
    assert (await client.get(f"/v1/patients/{patient.hex}", headers=bearer)).status_code == 404
    assert (await client.get(f"/v1/patients/{patient}", headers=bearer)).status_code == 200

    answer = await client.delete(f"/v1/me/devices/{str(device).upper()}", headers=bearer)

    assert answer.status_code == 204


async def test_a_fhir_id_may_be_encoded_and_is_judged_by_what_it_says(
    database: Database, client: AsyncClient
) -> None:
    callers = await make_callers(database.owner)
    headers = {
        "Authorization": f"Bearer {callers.facility_key}",
        "Content-Type": "application/fhir+json",
    }

    answer = await client.put(
        "/fhir/R4/Patient/a%20b", headers=headers, json={"resourceType": "Patient"}
    )

    assert answer.status_code in {400, 422}
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("endpoint", NO_STREAMS, ids=lambda each: each.path)
async def test_head_is_answered_as_get_without_the_body(
    app: Litestar, database: Database, endpoint: Endpoint
) -> None:
    callers, address = await make_callers(database.owner), endpoint.address()
    told = callers.headers(endpoint, address, b"")
    for headers in ({}, told):
        whole = await asked(app, address, **headers)
        head = await asked(app, address, "HEAD", **headers)

        assert head["body"] == b""
        assert head["status"] == whole["status"]
        changing = {"dpop-nonce"}
        assert head["headers"].keys() == whole["headers"].keys()
        assert {k: v for k, v in head["headers"].items() if k not in changing} == {
            k: v for k, v in whole["headers"].items() if k not in changing
        }


async def test_head_of_a_record_is_written_down_as_a_reading(
    database: Database, client: AsyncClient
) -> None:
    callers = await make_callers(database.owner)
    bearer = {"Authorization": f"Bearer {callers.patient_token}"}
    rows = "SELECT count(*) FROM audit_event"
    before = await database.owner.fetchval(rows)

    answer = await client.head("/v1/patients/me/observations", headers=bearer)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["etag"]
    assert int(answer.headers["content-length"]) > 0
    assert await database.owner.fetchval(rows) == before + 1


async def test_head_of_the_stream_ends_at_once_and_ends_no_stream(
    app: Litestar, database: Database, client: AsyncClient
) -> None:
    callers = await make_callers(database.owner)
    answer = await client.head(
        "/v1/me/stream", headers={"Authorization": f"Bearer {callers.patient_token}"}
    )

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert app.state.streams.count == 0


def methods_of(path: str) -> set[str]:
    own = {each.method for each in EVERY if each.path == path} | {"OPTIONS"}
    return own | ({"HEAD"} if "GET" in own else set())


@pytest.mark.parametrize("path", sorted({each.path for each in EVERY}))
async def test_options_and_a_wrong_method_are_told_the_methods_without_a_key(
    app: Litestar, database: Database, path: str
) -> None:
    address = Endpoint("", path, None, takes_a_body=False, action=None).address()
    wrong = next(m for m in ("PATCH", "TRACE", "DELETE") if m not in methods_of(path))

    options = await asked(app, address, "OPTIONS")
    refused = await asked(app, address, wrong)

    assert (options["status"], options["body"]) == (204, b"")
    assert set(options["headers"]["allow"].split(", ")) == methods_of(path)
    assert refused["status"] == 405
    assert set(refused["headers"]["allow"].split(", ")) == methods_of(path)


GUARDED: Final = [
    each for each in EVERY if each.path.startswith(("/v1/patients", "/v1/me", "/support/v1/t"))
    or each.path.startswith(("/hospital/", "/fhir/R4/{"))
]  # fmt: skip


@pytest.mark.parametrize("endpoint", GUARDED, ids=lambda each: each.name)
@pytest.mark.parametrize("shown", ["", "Bearer wrong", "DPoP wrong", "Basic d3Jvbmc="])
async def test_every_401_names_the_scheme_of_its_door(
    client: AsyncClient, endpoint: Endpoint, shown: str
) -> None:
    headers = {"Authorization": shown} if shown else {}

    answer = await client.request(endpoint.method, endpoint.address(), headers=headers)

    assert answer.status_code == 401
    said = answer.headers["www-authenticate"]
    is_bearers = endpoint.path.startswith(("/support/", "/hospital/", "/fhir/"))
    assert said.startswith("Bearer realm=")
    assert ("DPoP realm=" in said) != is_bearers
    judged = {"Bearer"} if is_bearers else {"Bearer", "DPoP"}
    assert ('error="invalid_token"' in said) == (shown.partition(" ")[0] in judged)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/sign-in/refresh", {"refreshToken": "nobody.0.made-up"}),
        ("/v1/sign-in/sessions", {"challengeId": str(new_id()), "code": "000000",
         "device": {"platform": "android", "model": "Pixel", "name": ""}}),
        ("/support/v1/sign-in", {"name": "nobody", "password": "wrong", "totp": "000000"}),
    ],
)  # fmt: skip
async def test_a_sign_in_that_fails_names_the_door_and_judges_no_token(
    client: AsyncClient, path: str, body: dict[str, Any]
) -> None:
    answer = await client.post(path, json=body, headers={"Authorization": "Bearer x"})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer realm=")
    assert "error=" not in answer.headers["www-authenticate"]


def test_where_every_app_must_prove_a_key_bearer_is_not_named() -> None:
    knock = Knock(path="/v1/me/phones", scheme="dpop", is_judged=True, only_bound=True)

    assert challenge(knock) == (
        'DPoP realm="patient", algs="ES256 Ed25519 EdDSA", error="invalid_token"'
    )
    assert (
        challenge(Knock(path="/hospital/events", scheme="", is_judged=True, only_bound=True))
        == 'Bearer realm="hospital"'
    )
