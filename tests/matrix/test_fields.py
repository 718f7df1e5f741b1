"""AZ-08: an answer has the fields that are listed for it, and no other; staff's stay with staff."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from backend.api.openapi import openapi_text
from tests.matrix.fields import FIELDS, NOT_FOR_PATIENTS
from tests.matrix.kinds import Caller, Expected
from tests.matrix.table import TABLE
from tests.matrix.world import World

CONTRACT = json.loads(openapi_text())
PROBLEM = {"code", "title", "status", "errors", "path", "message"}
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, operations in CONTRACT["paths"].items()
    for method, operation in operations.items()
}


def promised(name: str) -> set[str]:
    """Collect the names of fields in the good answers of a route, however deep."""
    responses = OPERATIONS[name]["responses"]
    good = [answer for status, answer in responses.items() if status != "default"]
    schemas = [kind["schema"] for answer in good for kind in answer.get("content", {}).values()]
    return {field for schema in schemas for field in _fields(schema, frozenset())}


def _fields(schema: Any, seen: frozenset[str]) -> Iterator[str]:
    if isinstance(schema, list):
        for each in schema:
            yield from _fields(each, seen)
    elif isinstance(schema, dict):
        name = schema.get("$ref", "").rpartition("/")[2]
        if name and name not in seen:
            yield from _fields(CONTRACT["components"]["schemas"][name], seen | {name})
        for field, inner in schema.get("properties", {}).items():
            yield field
            yield from _fields(inner, seen)
        for key in ("items", "oneOf", "anyOf", "allOf", "additionalProperties"):
            yield from _fields(schema.get(key), seen)


def sent(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield name
            yield from sent(value)
    elif isinstance(node, list):
        for each in node:
            yield from sent(each)


def test_every_route_with_fields_is_listed() -> None:
    assert sorted(FIELDS) == sorted(name for name in OPERATIONS if promised(name))


@pytest.mark.parametrize("name", FIELDS)
def test_an_answer_is_promised_with_the_listed_fields_only(name: str) -> None:
    assert " ".join(sorted(promised(name))) == FIELDS[name]


@pytest.mark.parametrize("name", [name for name in FIELDS if name in TABLE])
async def test_an_answer_has_the_listed_fields_only(world: World, name: str) -> None:
    route = TABLE[name]
    for who in [
        who for who in Caller if route.says[who] in {Expected.COME_IN, Expected.AS_YOURSELF}
    ]:
        answer = await world.knock(name, route, who)

        listed = PROBLEM if answer.is_error else set(FIELDS[name].split())
        assert set(sent(answer.json())) <= listed


@pytest.mark.parametrize("name", [name for name in FIELDS if name.split(" ")[1].startswith("/v1/")])
def test_what_is_for_staff_is_in_no_answer_to_a_patient(name: str) -> None:
    assert set(FIELDS[name].split()) & set(NOT_FOR_PATIENTS.split()) == set()
