"""What ways in there are, what each takes as a proof, and what the page about them says."""

import re
from typing import Any

import msgspec
import pytest
from httpx import AsyncClient
from litestar import Litestar

from backend.api.app import create_app
from backend.auth.sign_in.sign_in_api import WAYS, offered
from tests.conftest import Database
from tests.harness.auth.steps import LAN, NOBODYS_PHONE, PHONE, lan_is_registered
from tests.harness.tree import ROOT, read

ROW = re.compile(r"^\| `(\w+)` \| `(?:GET|POST) (/[\w/-]+)` \|", re.MULTILINE)
ASKED_OF_NEIGHBOURS = re.compile(
    r"birth|dob|mother|father|parent|insurance|health.?card|bhyt|address|question|maiden",
    re.IGNORECASE,
)
"""What others know about somebody: never a proof (OTP-18)."""


def test_the_page_lists_every_way_and_no_other() -> None:
    assert ROW.findall(read("docs/ways_in.md")) == [(way.kind, way.path) for way in WAYS]


async def test_an_app_is_told_every_way_whose_endpoint_is_there(
    client: AsyncClient, app: Litestar
) -> None:
    answer = await client.get("/v1/sign-in/methods")

    kinds = [each["kind"] for each in answer.json()["methods"]]
    assert kinds[0] == "code"
    endpoints = {route.path for route in app.routes}
    assert {each["path"] for each in answer.json()["methods"]} <= endpoints


def test_vneid_is_offered_once_it_is_set_up() -> None:
    app = create_app()
    app.state.identity_verifier = object()

    found = {way.kind for way in offered(app)}

    assert ("vneid" in found) == any(route.path == "/v1/sign-in/vneid" for route in app.routes)


def open_bodies() -> list[tuple[str, dict[str, Any]]]:
    """List what the endpoints of sign-in take, with every part they refer to."""
    contract = msgspec.json.decode((ROOT / "mobile_contracts/openapi.json").read_bytes())
    schemas = contract["components"]["schemas"]

    def opened(part: Any) -> Any:
        if isinstance(part, dict):
            if "$ref" in part:
                return opened(schemas[part["$ref"].rpartition("/")[2]])
            return {key: opened(value) for key, value in part.items()}
        return [opened(each) for each in part] if isinstance(part, list) else part

    return [
        (path, opened(how["post"]["requestBody"]))
        for path, how in contract["paths"].items()
        if path.startswith("/v1/sign-in") and "requestBody" in how.get("post", {})
    ]


def fields(part: Any) -> set[str]:
    if isinstance(part, dict):
        return set(part.get("properties", {})) | {f for v in part.values() for f in fields(v)}
    return {f for each in part for f in fields(each)} if isinstance(part, list) else set()


@pytest.mark.parametrize(("path", "body"), open_bodies(), ids=[each[0] for each in open_bodies()])
def test_nothing_that_neighbours_know_is_a_proof(path: str, body: dict[str, Any]) -> None:
    taken = fields(body)

    assert taken
    assert [name for name in taken if ASKED_OF_NEIGHBOURS.search(name)] == []


@pytest.mark.parametrize("more", [{"birthDate": "1985-03-12"}, {"insuranceCard": "x"}])
async def test_knowing_a_birth_date_changes_nothing(
    client: AsyncClient, database: Database, more: dict[str, str]
) -> None:
    await lan_is_registered(database)

    asked = await client.post(
        "/v1/sign-in/codes", json={"citizenId": LAN, "phone": NOBODYS_PHONE, **more}
    )
    shown = await client.post(
        "/v1/sign-in/sessions",
        json={"challengeId": "0198a0c0-0000-7000-8000-000000000000", "code": "000000",
              "device": PHONE, **more},
    )  # fmt: skip

    assert (asked.status_code, shown.status_code) == (400, 400)
