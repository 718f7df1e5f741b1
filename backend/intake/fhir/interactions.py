"""Handles FHIR requests: a Bundle taken in whole, a batch entry by entry, or one resource."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response

from backend.core.errors import HubError, Issue
from backend.intake.fhir.mapping import Submission, read_submission
from backend.intake.fhir.model import opening
from backend.intake.fhir.model.bundle import Entry
from backend.intake.fhir.model.datatypes import MOST_ISSUES, Resource
from backend.intake.fhir.model.modifiers import refuse_modified_bundle
from backend.intake.fhir.model.opening import ResourceRequest
from backend.intake.fhir.model.parsing import InvalidFhir, look, refuse_faults
from backend.intake.fhir.model.read_elements import Faults, parted
from backend.intake.fhir.model.sender import SendingFacility, sender_of
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
_ANSWERS = {"transaction": "transaction-response", "message": "message"}
"""The type of the answer; to any other Bundle it is a collection."""


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
    called_at: str = ""
    """The address of the hub as the sender has called it."""
    heard: Callable[[IntakeResult], object] | None = None
    """Called for each message that was taken in, in their order: each entry of a batch is one."""
    failpoint: Failpoint = no_failpoint
    """MessageOutcome how far the message has come: where a crash test stops an API."""

    async def sender(self) -> SendingFacility:
        """Read who sends."""
        return await sender_of(self.facility, self.called_at)


async def take_bundle(raw: bytes, options: RequestOptions) -> Response[bytes]:
    """Take in a Bundle; give the answer for every entry.

    Raises:
        NotFhir, InvalidFhir, NotUnderstood, BundleNotSupported: nothing of it was stored.
    """
    bundle, faults = _looked_at(raw)
    sender = await options.sender()
    if bundle["resourceType"] == "Bundle" and bundle.get("type") == "batch":
        body = await _take_batch(bundle, faults, options, sender)
        return Response(body.encode(), media_type=FHIR_JSON)
    refuse_faults(faults.all() if options.strict else faults.hard)
    message = read_submission(open_whole(raw, bundle, faults, options, sender), sender)
    del bundle  # what it says is in the message, its files among that: they are not held twice
    return bundle_answer(await _take(message, options))


def bundle_answer(taken: IntakeResult) -> Response[bytes]:
    """Write the answer to a Bundle from what was stored."""
    return Response(taken.answer.encode(), media_type=FHIR_JSON, headers=taken.headers)


def parse_alone(raw: bytes, sender: SendingFacility, *, posted: bool) -> InboundMessage:
    """Read a message from its bytes: a Bundle that is one message, or one resource.

    Args:
        raw: as it was sent.
        sender: who sent it.
        posted: whether it was one resource, and POSTed: its id names nothing.

    Raises:
        NotFhir, InvalidFhir, NotUnderstood, BundleNotSupported: today it would be refused.
    """
    (resource, faults), wishes = _looked_at(raw), RequestOptions(facility=sender.facility)
    refuse_faults(faults.hard)
    if resource["resourceType"] == "Bundle":
        return read_submission(open_whole(raw, resource, faults, wishes, sender), sender)
    put_id = "" if posted else str(resource.get("id", ""))
    entry = opening.alone(resource, resource["resourceType"], ResourceRequest(put_id=put_id))
    return read_submission(_single(entry, raw, wishes, sender), sender)


def _looked_at(raw: bytes) -> tuple[Resource, Faults]:
    """Read a resource, and part its faults.

    Raises:
        NotFhir, InvalidFhir: see `look`.
    """
    resource, faults = look(raw)
    return resource, parted(resource, faults)


def open_whole(
    raw: bytes, bundle: Resource, faults: Faults, options: RequestOptions, sender: SendingFacility
) -> Submission:
    """Open a Bundle that is one message."""
    return Submission(
        raw=raw,
        entries=_named(opening.open_bundle(bundle, sender.bases, faults.odd), options, sender),
        sender_id=options.sender_id or opening.sender_id(bundle),
        answered=bundle_response(_ANSWERS.get(bundle["type"], "collection")),
        strict=options.strict,
    )


def _named(entries: list[Entry], options: RequestOptions, sender: SendingFacility) -> list[Entry]:
    """Let ids hold that come out of the sender's own store, or are declared to be stable."""
    if not (options.exported or sender.stable_ids):
        return entries
    return [replace(entry, holds_id=bool(entry.said_id)) for entry in entries]


async def take_resource(
    raw: bytes, kind: str, asked: ResourceRequest, options: RequestOptions
) -> Response[bytes]:
    """Take in one resource; the headers of the answer give its address and version.

    Raises:
        NotFhir, InvalidFhir, NotUnderstood: it was not stored.
    """
    sender = await options.sender()
    resource, faults = _looked_at(raw)
    refuse_faults(faults.all() if options.strict else faults.hard)
    entry = replace(opening.alone(resource, kind, asked), odd=tuple(faults.odd.get(0, ())))
    del resource
    message = read_submission(_single(entry, raw, options, sender), sender)
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


async def _take_batch(
    bundle: Resource, faults: Faults, options: RequestOptions, sender: SendingFacility
) -> str:
    """Take in each entry for itself; one that is refused says why and hinders no other."""
    refuse_modified_bundle(bundle)
    wrong: dict[int, list[Issue]] = {}
    for issue in faults.all() if options.strict else faults.hard:
        place = issue.path.removeprefix("Bundle.entry[").partition("]")[0]
        if not place.isdecimal():
            raise InvalidFhir(faults=faults.hard[:MOST_ISSUES])
        wrong.setdefault(int(place), []).append(issue)
    for n in opening.same_urls(bundle):
        wrong.setdefault(n, []).append(Issue(f"Bundle.entry[{n}].fullUrl", opening.TWICE))
    own = options.sender_id or opening.sender_id(bundle)
    said = [
        await _take_entry(
            _BatchEntry(entry, n, wrong.get(n, []), faults.odd.get(n, [])),
            own and f"{own}#{n}", options, sender,
        )
        for n, entry in enumerate(bundle.get("entry", []))
    ]  # fmt: skip
    return as_bundle("batch-response", said)


@dataclass(frozen=True, slots=True)
class _BatchEntry:
    """One entry of a batch, with its faults."""

    entry: Resource
    n: int
    wrong: Sequence[Issue]
    odd: Sequence[Issue]


async def _take_entry(
    one: _BatchEntry, sender_id: str | None, options: RequestOptions, sender: SendingFacility
) -> dict[str, Any]:
    try:
        refuse_faults(one.wrong)
        opened = opening.entry_of_batch(one.entry, one.n, sender.bases)
        opened = replace(opened, odd=tuple(one.odd))
        sent = _single(opened, _RAW.encode(one.entry["resource"]), options, sender, sender_id)
        taken = await _take(read_submission(sent, sender), options)
        return {"response": msgspec.json.decode(taken.answer)}
    except HubError as refused:
        if not is_about_content(refused):
            raise
        status = HTTPStatus(refused.status)
        told = {"status": f"{status.value} {status.phrase}", "outcome": outcome_of(refused)}
        return {"response": told}


def _single(
    entry: Entry,
    raw: bytes,
    options: RequestOptions,
    sender: SendingFacility,
    sender_id: str | None = None,
) -> Submission:
    return Submission(
        raw=raw,
        entries=_named([entry], options, sender),
        sender_id=sender_id or options.sender_id,
        answered=resource_response,
        posted=not entry.holds_id,
        strict=options.strict,
    )


async def _take(message: InboundMessage, options: RequestOptions) -> IntakeResult:
    taken = await take_in(
        message, options.facility, dry_run=options.dry_run, failpoint=options.failpoint
    )
    if options.heard is not None:
        options.heard(taken)
    return taken
