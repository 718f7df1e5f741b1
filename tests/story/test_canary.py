"""Strings planted in every field of a Bundle must turn up nowhere but in the patient's record."""

import copy
from collections.abc import Iterator
from datetime import UTC
from typing import Any

import httpx
import pytest

from backend.core.clock import now
from backend.core.subprocesses import output_of
from backend.sandbox.demo.people import Sandbox, until
from backend.sandbox.demo.story_bundles import StoryPerson, encoded, registration, visit
from backend.sandbox.demo.whole_hub import WholeHub
from tests.story.engines import every_count

pytestmark = pytest.mark.processes

CANARY = "Canarienvogel"
HOA = StoryPerson("Lê Thị Hoa", "BN0777", "079187000777", "1987-07-07", "female", "0907777777")
HOAS_NUMBER = "+84907777777"
FREE_TEXT = frozenset({"text", "display", "unit", "value", "title", "comment", "description"})
"""Fields whose value may be any text; what is planted there leaves the Bundle valid."""


def planted(bundle: dict[str, Any]) -> dict[str, Any]:
    """Put a canary into every free text of the resources, and into fields they do not have yet."""
    marked = copy.deepcopy(bundle)
    for number, entry in enumerate(marked["entry"]):
        resource = entry["resource"]
        for node in _nodes(resource):
            for field, value in node.items():
                if isinstance(value, str) and field in FREE_TEXT and "system" not in node:
                    node[field] = f"{value} {CANARY}{number}"
        resource["text"] = {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{CANARY}{number}</div>',
        }
        resource["extension"] = [{"url": "urn:test:note", "valueString": f"{CANARY}{number}"}]
        if resource["resourceType"] in {"Observation", "MedicationRequest"}:
            resource["note"] = [{"text": f"{CANARY} note"}]
        if resource["resourceType"] == "DiagnosticReport":
            resource["conclusion"] = f"{CANARY} conclusion"
        if resource["resourceType"] == "Appointment":
            resource |= {"description": f"{CANARY} reason", "comment": f"{CANARY} comment"}
    return marked


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _nodes(value)
    elif isinstance(node, list):
        for each in node:
            yield from _nodes(each)


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


def spoiled(bundle: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """Put a canary in the place of one value, whatever it was."""
    copied = copy.deepcopy(bundle)
    node: Any = copied
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = f"{CANARY} here"
    return copied


async def a_key(hub: WholeHub) -> str:
    await output_of(["facility", "add", "77777", "Bệnh viện Bảy", "BV BAY"], hub.environment)
    return (await output_of(["facility", "key", "77777"], hub.environment)).strip()


async def test_planted_strings_appear_in_no_message_log_metric_url_or_error(
    hub: WholeHub, endpoint: httpx.AsyncClient, phones: httpx.AsyncClient
) -> None:
    key = await a_key(hub)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/fhir+json"}

    async def post(bundle: dict[str, Any]) -> httpx.Response:
        return await endpoint.post("/fhir/R4", content=encoded(bundle), headers=headers)

    registered = await post(registration(HOA))
    accepted = await post(planted(visit(HOA, now().astimezone(UTC).replace(microsecond=0))))
    original = visit(HOA, now().astimezone(UTC).replace(microsecond=0))
    refused = [await post(spoiled(original, path)) for path in leaves(original)]

    async def told() -> bool:
        shown = await Sandbox(phones).messages(HOAS_NUMBER, "sms")
        return len(shown) > 0

    await until("the text", told)
    elsewhere = {
        "messages": (await phones.get("/messages")).text,
        "pushes": (await phones.get("/pushes")).text,
        "ledger": (await phones.get("/ledger")).text,
        "metrics": await every_count(hub),
        "errors": "".join(answer.text for answer in [*refused, accepted]),
        **{log.name: log.read_text() for log in hub.folder.glob("*.log")},
    }

    assert registered.status_code == 200
    assert accepted.status_code == 200, accepted.text
    assert {answer.status_code for answer in refused} <= {200, 202, 400, 409, 422}
    assert any(answer.status_code == 422 for answer in refused)
    assert "/fhir/R4" in elsewhere["api.log"]
    for place, text in elsewhere.items():
        assert CANARY not in text, place
        for secret in (HOA.citizen_id, key, HOA.mobile[1:]):
            assert secret not in text or place in {"messages", "ledger"}, place
