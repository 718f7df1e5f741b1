"""Reads one resource as intake does, without a database."""

from typing import Any
from uuid import UUID

from backend.intake.fhir.mapping import Submission, read_submission
from backend.intake.fhir.model.opening import ResourceRequest, alone
from backend.intake.fhir.model.sender import nothing_declared
from backend.intake.fhir.responses import resource_response
from backend.records.filing.contents import Content, SimpleContent
from tests.harness.intake.other_kinds import HERS, Resource
from tests.harness.records.everything import an_example

FACILITY = UUID(int=7)


def read(resource: Resource) -> Content:
    asked = ResourceRequest(put_id=str(resource["id"]))
    entry = alone(resource, resource["resourceType"], asked)
    submission = Submission(raw=b"", entries=[entry], sender_id=None, answered=resource_response)
    content = read_submission(submission, nothing_declared(FACILITY)).events[-1]
    assert hasattr(content, "content")
    assert isinstance(content.content, Content)
    return content.content


def shown(content: Content) -> str:
    """Write all that is shown of a record."""
    kept = {"key", "local_id", "coded", "content_hash", "observations", "orders", "path"}
    fields = [name for name in content.__dataclass_fields__ if name not in kept]
    return str([getattr(content, name) for name in fields])


def example(table: str, **more: Any) -> Resource:
    """Give the example of a kind with other elements; None takes one away."""
    merged = an_example(table, HERS) | more
    return {name: part for name, part in merged.items() if part is not None}


def view_of(resource: Resource) -> Any:
    content = read(resource)
    assert isinstance(content, SimpleContent)
    return content.view
