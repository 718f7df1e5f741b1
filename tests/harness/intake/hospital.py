"""A hospital, its patients and what it sends, for the tests of the endpoints."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from httpx import AsyncClient, Response

from backend.auth.facilities.facility_keys import KeyTerms, new_key
from backend.core.clock import now
from backend.sandbox.demo.story_bundles import Resource, StoryPerson, encoded, registration
from tests.conftest import Database
from tests.harness.makers import a_facility

A_CENTURY = timedelta(days=36_525)
"""Some stories wait for a child to grow up; keys do not matter to them."""


@dataclass
class Hospital:
    """One facility's integration engine."""

    client: AsyncClient
    facility: UUID
    key: str
    answers: list[Response] = field(default_factory=list)

    async def posts(self, bundle: Resource | bytes, **headers: str) -> Response:
        body = bundle if isinstance(bundle, bytes) else encoded(bundle)
        return await self._send("POST", "/fhir/R4", body, "application/fhir+json", headers)

    async def says(self, event: dict[str, Any], **headers: str) -> Response:
        return await self._send(
            "POST", "/hospital/events", encoded(event), "application/json", headers
        )

    async def registers(self, *people: StoryPerson) -> None:
        for person in people:
            answer = await self.posts(registration(person))
            assert answer.status_code == 200, answer.text

    async def sends(self, method: str, address: str, body: bytes, **headers: str) -> Response:
        return await self._send(method, address, body, "application/fhir+json", headers)

    async def _send(
        self, method: str, address: str, body: bytes, kind: str, headers: dict[str, str]
    ) -> Response:
        own = {"Authorization": f"Bearer {self.key}", "Content-Type": kind}
        own |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(method, address, content=body, headers=own)


async def a_hospital(
    database: Database, client: AsyncClient, short_name: str = "BV MAU"
) -> Hospital:
    facility = await a_facility(database, short_name)
    key = await new_key(facility, "his", KeyTerms(lifetime=A_CENTURY))
    return Hospital(client, facility, key)


def an_hour_ago() -> datetime:
    return (now() - timedelta(hours=1)).replace(microsecond=0)


def without_message_id(bundle: Resource) -> Resource:
    """The same, as a system sends it that gives its messages no ids."""
    return {name: value for name, value in bundle.items() if name != "identifier"}


def with_new_names(bundle: Resource) -> Resource:
    """The same, with other `fullUrl`s and other spelling, as an engine makes them each time."""
    again = without_message_id(deepcopy(bundle))
    names = {each["fullUrl"]: f"urn:uuid:{uuid4()}" for each in again["entry"]}
    return _renamed(again, names)  # type: ignore[no-any-return]  # a Bundle in is a Bundle out


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(each, names) for key, each in reversed(value.items())}
    if isinstance(value, list):
        return [_renamed(each, names) for each in value]
    return names.get(value, value) if isinstance(value, str) else value


def resource(bundle: Resource, kind: str, n: int = 0) -> Any:
    """Give the n-th resource of a kind, to change something in it."""
    return [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind][n]


def only(bundle: Resource, *kinds: str) -> Resource:
    """Give the same Bundle with these kinds of entries only, and no message id."""
    entries = [each for each in bundle["entry"] if each["resource"]["resourceType"] in kinds]
    return without_message_id(bundle) | {"entry": entries}


def asked_for(resource: Resource) -> Resource:
    """Give the request of an entry: PUT under the resource's id, where it has one."""
    kind, own = resource["resourceType"], resource.get("id")
    if own is None:
        return {"method": "POST", "url": kind}
    return {"method": "PUT", "url": f"{kind}/{own}"}
