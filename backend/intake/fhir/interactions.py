"""Handles FHIR requests: a Bundle taken in whole, a batch entry by entry, or one resource."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response

from backend.core.errors import HubError, Issue
from backend.intake.fhir.mapping import Submission, read_submission
from backend.intake.fhir.model import bundle as fhir_bundle
from backend.intake.fhir.model.bundle import Entry
from backend.intake.fhir.model.datatypes import MOST_ISSUES, Resource
from backend.intake.fhir.model.parsing import InvalidFhir, look, parse_resource
from backend.intake.fhir.responses import (
    FHIR_JSON,
    as_bundle,
    bundle_response,
    is_about_content,
    outcome_of,
    resource_response,
)
from backend.intake.pipeline.events import InboundMessage
from backend.intake.pipeline.failpoints import Failpoint, no_failpoint
from backend.intake.pipeline.take_in import IntakeResult, take_in

_RAW = msgspec.json.Encoder(decimal_format="number")
_ANSWERS = {"transaction": "transaction-response", "message": "message", "collection": "collection"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOptions:
    """The options of a request, from its headers and query."""

    facility: UUID
    sender_id: str | None = None
    """The Idempotency-Key, which goes before the Bundle's own id."""
    strict: bool = False
    dry_run: bool = False
    exported: bool = False
    """It comes out of the sender's own store: an id names a Patient, however it is sent."""
    heard: Callable[[IntakeResult], object] | None = None
    """Called for each message that was taken in, in their order: each entry of a batch is one."""
    failpoint: Failpoint = no_failpoint
    """MessageOutcome how far the message has come: where a crash test stops an API."""


async def take_bundle(raw: bytes, options: RequestOptions) -> Response[bytes]:
    """Take in a Bundle; give the answer for every entry.

    Raises:
        NotFhir, InvalidFhir, NotUnderstood, BundleNotSupported: nothing of it was stored.
    """
    bundle, faults = look(raw)
    if bundle["resourceType"] == "Bundle" and bundle.get("type") == "batch":
        body = await _take_batch(bundle, faults, options)
        return Response(body.encode(), media_type=FHIR_JSON)
    if faults:
        raise InvalidFhir(faults=faults[:MOST_ISSUES])
    message = read_submission(open_whole(raw, bundle, options), options.facility)
    del bundle  # what it says is in the message, its files among that: they are not held twice
    return bundle_answer(await _take(message, options))


def bundle_answer(taken: IntakeResult) -> Response[bytes]:
    """Write the answer to a Bundle from what was stored."""
    return Response(taken.answer.encode(), media_type=FHIR_JSON, headers=taken.headers)


def parse_alone(raw: bytes, facility: UUID, *, posted: bool) -> InboundMessage:
    """Read a message from its bytes: a Bundle that is one message, or one resource.

    Args:
        raw: as it was sent.
        facility: who sent it.
        posted: whether it was one resource, and POSTed: its id names nothing.

    Raises:
        NotFhir, InvalidFhir, NotUnderstood, BundleNotSupported: today it would be refused.
    """
    resource, wishes = parse_resource(raw), RequestOptions(facility=facility)
    if resource["resourceType"] == "Bundle":
        return read_submission(open_whole(raw, resource, wishes), facility)
    put_id = "" if posted else str(resource.get("id", ""))
    entry = fhir_bundle.alone(resource, resource["resourceType"], put_id)
    return read_submission(_single(entry, raw, wishes), facility)


def open_whole(raw: bytes, bundle: Resource, options: RequestOptions) -> Submission:
    """Open a Bundle that is one message."""
    return Submission(
        raw=raw,
        entries=_named(fhir_bundle.open_bundle(bundle), options),
        sender_id=options.sender_id or fhir_bundle.sender_id(bundle),
        answered=bundle_response(_ANSWERS[bundle["type"]]),
        strict=options.strict,
    )


def _named(entries: list[Entry], options: RequestOptions) -> list[Entry]:
    """Let the ids of an export name its Patients."""
    if not options.exported:
        return entries
    return [replace(entry, names_chart=bool(entry.said_id)) for entry in entries]


async def take_resource(
    raw: bytes, kind: str, put_id: str, if_none_exist: str, options: RequestOptions
) -> Response[bytes]:
    """Take in one resource; the headers of the answer give its address and version.

    Raises:
        NotFhir, InvalidFhir, NotUnderstood: it was not stored.
    """
    entry = fhir_bundle.alone(parse_resource(raw), kind, put_id, if_none_exist)
    message = read_submission(_single(entry, raw, options), options.facility)
    del entry  # as above
    taken = await _take(message, options)
    said: dict[str, Any] = msgspec.json.decode(taken.answer)
    return Response(
        msgspec.json.encode(said["outcome"]) if "outcome" in said else b"",
        status_code=int(said["status"][:3]),
        media_type=FHIR_JSON,
        headers={
            "ETag": said["etag"],
            **({"Location": f"/fhir/R4/{said['location']}"} if "location" in said else {}),
            **taken.headers,
        },
    )


async def _take_batch(bundle: Resource, issues: list[Issue], options: RequestOptions) -> str:
    """Take in each entry for itself; one that is refused says why and hinders no other."""
    wrong: dict[int, list[Issue]] = {}
    for issue in issues:
        place = issue.path.removeprefix("Bundle.entry[").partition("]")[0]
        if not place.isdecimal():
            raise InvalidFhir(faults=issues[:MOST_ISSUES])
        wrong.setdefault(int(place), []).append(issue)
    own = options.sender_id or fhir_bundle.sender_id(bundle)
    said = [
        await _take_entry(entry, n, wrong.get(n, []), own and f"{own}#{n}", options)
        for n, entry in enumerate(bundle.get("entry", []))
    ]
    return as_bundle("batch-response", said)


async def _take_entry(
    entry: Resource, n: int, issues: list[Issue], sender_id: str | None, options: RequestOptions
) -> dict[str, Any]:
    try:
        if issues:
            raise InvalidFhir(faults=issues[:MOST_ISSUES])
        opened = fhir_bundle.entry_of_batch(entry, n)
        sent = _single(opened, _RAW.encode(entry["resource"]), options, sender_id)
        taken = await _take(read_submission(sent, options.facility), options)
        return {"response": msgspec.json.decode(taken.answer)}
    except HubError as refused:
        if not is_about_content(refused):
            raise
        status = "409 Conflict" if refused.status == _CONFLICT else "422 Unprocessable Entity"
        return {"response": {"status": status, "outcome": outcome_of(refused)}}


_CONFLICT = 409


def _single(
    entry: Entry, raw: bytes, options: RequestOptions, sender_id: str | None = None
) -> Submission:
    return Submission(
        raw=raw,
        entries=_named([entry], options),
        sender_id=sender_id or options.sender_id,
        answered=resource_response,
        posted=not entry.whole,
        strict=options.strict,
    )


async def _take(message: InboundMessage, options: RequestOptions) -> IntakeResult:
    taken = await take_in(
        message, options.facility, dry_run=options.dry_run, failpoint=options.failpoint
    )
    if options.heard is not None:
        options.heard(taken)
    return taken
