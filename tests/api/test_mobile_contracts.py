"""What apps and hospitals were promised is written down, and says nothing in an address."""

import json
import re
from typing import Any

import pytest

from backend.api.openapi import CONTRACT, openapi_text
from tests.harness.refusals import refusal_type

OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, operations in json.loads(openapi_text())["paths"].items()
    for method, operation in operations.items()
}
TOO_TELLING = re.compile(
    r"token|code|citizen|phone|number|name|key|secret|password|otp|card|birth", re.IGNORECASE
)
"""Addresses end up in logs, histories and proxies: none of this may be in one."""
NOT_A_SECRET = {("GET /v1/patients/{patient}/observations", "code")}
"""The code of a kind of observation is the same for everybody."""
ANY_TEXT = {
    ("path", "patient"),
    ("query", "cursor"),
    ("query", "since"),
    ("path", "kind"),
    ("path", "resource_id"),
    ("path", "dose"),
    ("query", "zone"),
    ("query", "identifier"),
}
"""`me` or an id; what the hub itself made; FHIR's word for a kind and the sender's own id of it;
the name of a time zone."""


def test_the_contract_in_the_repository_is_what_the_code_does() -> None:
    assert CONTRACT.read_text(encoding="utf-8") == openapi_text()  # after a change: `hub contracts`


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_address_carries_what_must_not_be_logged(operation: str) -> None:
    asked = [
        parameter["name"]
        for parameter in OPERATIONS[operation].get("parameters", [])
        if parameter["in"] in {"path", "query"}
    ] + re.findall(r"\{(\w+)", operation)

    telling = [name for name in asked if TOO_TELLING.search(name)]

    assert [name for name in telling if (operation, name) not in NOT_A_SECRET] == []


def may_hold_any_text(schema: dict[str, Any]) -> bool:
    kinds = schema.get("oneOf") or schema.get("anyOf") or [schema]
    return any(
        each.get("type") == "string" and "format" not in each and "enum" not in each
        for each in kinds
    )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_address_takes_ids_dates_and_counts_and_hardly_any_text(operation: str) -> None:
    free = {
        (parameter["in"], parameter["name"])
        for parameter in OPERATIONS[operation].get("parameters", [])
        if parameter["in"] in {"path", "query"} and may_hold_any_text(parameter["schema"])
    }

    assert free <= ANY_TEXT


def test_programs_can_rely_on_the_names_of_operations() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_refusal_is_promised_to_be_in_the_words_of_its_door(operation: str) -> None:
    responses = OPERATIONS[operation]["responses"]

    _, _, path = operation.partition(" ")
    assert list(responses["default"]["content"]) == [refusal_type(path)]
    assert [status for status in responses if status.startswith(("4", "5"))] == []


def test_who_may_call_is_described() -> None:
    schemes = json.loads(openapi_text())["components"]["securitySchemes"]
    asked = {name for each in OPERATIONS.values() for need in each["security"] for name in need}

    assert asked == set(schemes)
