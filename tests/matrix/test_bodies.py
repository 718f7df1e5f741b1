"""AZ-02: who a request is about, and what they may, comes from the token and never from a body."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from tests.matrix.kinds import Caller, Expected
from tests.matrix.table import TABLE
from tests.matrix.world import World

SMUGGLED = (
    "patient", "patientId", "patient_id", "sub", "caller", "role", "roles", "scope", "level",
    "facility", "facilityId", "hospital_id", "verified", "confirmed", "confirmedAt", "isAdmin",
    "staff", "session", "address", "__proto__",
)  # fmt: skip
UNREAD = frozenset({"address"})
"""An element of FHIR's Patient that nobody reads: what is wrong with it is only said."""
TAKING_JSON = [name for name, route in TABLE.items() if isinstance(route.body, dict)]


def with_one_more(body: Any, field: str, value: object) -> Iterator[Any]:
    """Give the body with the field added, once for each object in it that has no such field."""
    for place in places(body):
        changed = deepcopy(body)
        inside = changed
        for step in place:
            inside = inside[step]
        if field not in inside:
            inside[field] = value
            yield changed


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, dict):
        yield path
        for name, value in node.items():
            yield from places(value, (*path, name))
    elif isinstance(node, list):
        for n, value in enumerate(node):
            yield from places(value, (*path, n))


def welcome(name: str) -> Caller:
    says = TABLE[name].says
    return next((who for who in Caller if says[who] is Expected.COME_IN), Caller.NOBODY)


@pytest.mark.parametrize("name", TAKING_JSON)
async def test_a_field_nobody_asked_for_is_refused_wherever_it_stands(
    lasting_world: World, name: str
) -> None:
    world, route, who = lasting_world, TABLE[name], welcome(name)
    for field in (each for each in SMUGGLED if each not in route.optional):
        for body in with_one_more(route.body, field, world.ids["patient"]):
            answer = await world.knock(name, route, who, body=body)

            if field in UNREAD and route.media_type != "application/json":
                assert answer.status_code in {200, 201, 422}, (field, answer.text)
                continue
            assert answer.status_code in {400, 422}, (field, answer.text)
            if route.media_type == "application/json":
                assert answer.json()["code"] == "invalid_request", field
