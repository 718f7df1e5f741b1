"""Opens a transaction Bundle: its entries, what each is known by, and what it says of whom."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from backend.errors import HubError
from backend.intake.fhir_values import Resource, refuse

NEEDED = frozenset({"Observation", "DiagnosticReport", "Appointment", "MedicationRequest"})
"""Records that others are made of: a reference to one of them must lead somewhere."""
KEPT = NEEDED | {
    "Encounter", "Condition", "AllergyIntolerance", "Immunization", "Procedure", "ImagingStudy",
    "ServiceRequest", "MedicationStatement",
}  # fmt: skip
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")
_NAMES = UUID("6f1c9a52-6a3e-5a2b-9d0e-3a1f7c54b8d1")


class BundleNotSupported(HubError):
    """The hub takes Bundles of type transaction, whose entries are to be created or updated."""

    code = "not_supported"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One resource of a Bundle."""

    path: str
    kind: str
    full_url: str
    said_id: str
    """PUT id or resource.id; empty when the sender gave none."""
    identifiers: tuple[tuple[str, str], ...]
    resource: Resource


def open_bundle(bundle: Resource) -> list[Entry]:
    """List the entries of a transaction.

    Raises:
        BundleNotSupported: another type of Bundle, or another resource.
        NotUnderstood: an entry that says neither create nor update.
    """
    if bundle["resourceType"] != "Bundle" or bundle.get("type") != "transaction":
        raise BundleNotSupported
    return [_entry(each, f"Bundle.entry[{n}]") for n, each in enumerate(bundle.get("entry", []))]


def sender_id(bundle: Resource) -> str | None:
    """Give the sender's own id of the message."""
    identifier = bundle.get("identifier", {})
    if not identifier.get("value"):
        return None
    return f"{identifier.get('system', '')}|{identifier['value']}"


def _entry(entry: Resource, path: str) -> Entry:
    resource: Resource | None = entry.get("resource")
    request: Resource = entry.get("request", {})
    if resource is None:
        raise refuse(f"{path}.resource", "required element missing")
    if request.get("method") not in {"POST", "PUT"}:
        raise refuse(f"{path}.request.method", "only POST and PUT are taken")
    kind = resource["resourceType"]
    return Entry(
        path=f"{path}.resource",
        kind=kind,
        full_url=entry.get("fullUrl", ""),
        said_id=_said_id(kind, resource, request, path),
        identifiers=identifiers_of(resource),
        resource=resource,
    )


def _said_id(kind: str, resource: Resource, request: Resource, path: str) -> str:
    target, _, query = request.get("url", "").partition("?")
    named, _, put_id = target.partition("/")
    is_put = request["method"] == "PUT"
    if named != kind or bool(put_id or query) != is_put or (put_id and not _ID.match(put_id)):
        raise refuse(f"{path}.request.url", "does not fit the resource and the method")
    said = str(resource.get("id", ""))
    if said and not _ID.match(said):
        raise refuse(f"{path}.resource.id", "is not a valid id")
    if put_id and said not in {"", put_id}:
        raise refuse(f"{path}.resource.id", "is not the id of request.url")
    return put_id or said


def identifiers_of(resource: Resource) -> tuple[tuple[str, str], ...]:
    found: Any = resource.get("identifier", [])
    return tuple(
        (each.get("system", ""), each["value"])
        for each in (found if isinstance(found, list) else [found])
        if each.get("value") and each.get("use") != "old"
    )


def made_up_id(facility: UUID, kind: str, key: str) -> str:
    """Name a resource whose sender did not; the same one gets the same name."""
    return str(uuid5(_NAMES, f"{facility}/{kind}/{key}"))
