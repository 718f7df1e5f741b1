"""Opens a Bundle or a single resource, and finds the identity of each entry."""

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote
from uuid import UUID, uuid5

from backend.core.errors import HubError
from backend.intake.fhir.model.datatypes import Issues, Resource, is_current, refuse
from backend.records.kinds import KINDS

PRIOR = "priorPrescription"
"""The element that names what a prescription takes the place of; whichever comes first."""
KEPT = frozenset(kind.fhir for kind in KINDS)
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")
_NAMES = UUID("6f1c9a52-6a3e-5a2b-9d0e-3a1f7c54b8d1")

PARTIES = frozenset(
    {"Practitioner", "PractitionerRole", "Organization", "Location", "HealthcareService",
     "Medication", "Specimen"}
)  # fmt: skip
"""Resources about no patient, of which records show what they are called."""
BINARY = "Binary"


class BundleNotSupported(HubError):
    """The hub takes Bundles of type transaction, batch, message and collection."""

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
    create_only: bool = False
    """Only if there is none yet (ifNoneExist)."""
    names_chart: bool = False
    """Of a Patient: its id is the sender's name of it, and holds in other messages too."""
    whole: bool = False
    """It was PUT: what it leaves out is not so."""
    container: Resource | None = None
    """The resource that contains this one, and all that it may call by `#`."""


_NAMING = frozenset({"collection", "searchset", "history"})
"""Bundles of what stands in the sender's own store, under the ids that it has there."""
WHOLE = frozenset({"transaction", "message", "collection"})
"""Bundles that are taken in as one; a batch is as many messages as it has entries."""


def open_bundle(bundle: Resource) -> list[Entry]:
    """List the entries of a Bundle that is taken in whole.

    Raises:
        BundleNotSupported: another type of Bundle, or another resource.
        NotUnderstood: entries that cannot be created or updated, all of them.
    """
    kind = bundle.get("type") if bundle["resourceType"] == "Bundle" else None
    if kind not in WHOLE:
        raise BundleNotSupported
    problems, entries = Issues(), []
    for n, entry in enumerate(bundle.get("entry", [])):
        with problems.noted():
            opened = _entry(entry, f"Bundle.entry[{n}]", asks=kind == "transaction")
            if kind != "transaction":
                named = kind in _NAMING and bool(opened.said_id)
                opened = replace(opened, names_chart=named, whole=False)
            entries.append(opened)
    problems.refuse_if_any()
    return entries


def entry_of_batch(entry: Resource, n: int) -> Entry:
    """Open one entry of a batch, which is a message of its own.

    Raises:
        NotUnderstood: it cannot be created or updated.
    """
    return _entry(entry, f"Bundle.entry[{n}]", asks=True)


def alone(resource: Resource, kind: str, put_id: str = "", if_none_exist: str = "") -> Entry:
    """Open a resource that came without a Bundle, at the address of its type.

    Raises:
        NotUnderstood: it is of another kind, or has another id than its address.
    """
    if resource["resourceType"] != kind:
        raise refuse("resourceType", "is not the kind of this address")
    request = {
        "method": "PUT" if put_id else "POST",
        "url": f"{kind}/{put_id}" if put_id else kind,
        "ifNoneExist": if_none_exist,
    }
    return _opened(resource, request, kind, "", "")


def sender_id(bundle: Resource) -> str | None:
    """Give the sender's own id of the message."""
    identifier = bundle.get("identifier", {})
    if identifier.get("value"):
        return f"{identifier.get('system', '')}|{identifier['value']}"
    entries = bundle.get("entry", [])
    header = entries[0].get("resource", {}) if entries else {}
    if bundle.get("type") == "message" and header.get("id"):
        return f"MessageHeader/{header['id']}"
    return None


def _entry(entry: Resource, path: str, *, asks: bool) -> Entry:
    resource: Resource | None = entry.get("resource")
    if resource is None:
        raise refuse(f"{path}.resource", "required element missing")
    request = entry.get("request", {}) if asks else _as_if_asked(resource)
    if request.get("method") not in {"POST", "PUT"}:
        raise refuse(f"{path}.request.method", "only POST and PUT are taken")
    return _opened(resource, request, f"{path}.resource", f"{path}.", entry.get("fullUrl", ""))


def _as_if_asked(resource: Resource) -> Resource:
    """A message or a collection only says what is so: it is created or updated by its id."""
    kind, said = resource["resourceType"], resource.get("id")
    return {"method": "PUT", "url": f"{kind}/{said}"} if said else {"method": "POST", "url": kind}


def _opened(resource: Resource, request: Resource, path: str, before: str, url: str) -> Entry:
    kind, identifiers = resource["resourceType"], identifiers_of(resource)
    named, _, query = request.get("url", "").partition("?")
    condition = query or request.get("ifNoneExist", "")
    if condition and _token_of(condition) not in identifiers:
        raise refuse(f"{before}request", "does not name an identifier that the resource has")
    said_id = _said_id(resource, named, request["method"], path, before, found=bool(query))
    return Entry(
        path=path,
        kind=kind,
        full_url=url,
        said_id=said_id,
        identifiers=identifiers,
        resource=resource,
        create_only=bool(condition) and not query,
        names_chart=request["method"] == "PUT" and "/" in named,
        whole=request["method"] == "PUT",
    )


def _token_of(condition: str) -> tuple[str, str] | None:
    """Read `identifier=system|value`, the one search that a condition may be."""
    name, _, token = condition.partition("=")
    if name != "identifier" or "&" in token:
        return None
    system, bar, value = unquote(token).partition("|")
    return (system, value) if bar else ("", system)


def _said_id(
    resource: Resource, target: str, method: str, path: str, before: str, *, found: bool
) -> str:
    """Give the id; a PUT names it in its address, or is found by an identifier there."""
    kind = resource["resourceType"]
    named, _, put_id = target.partition("/")
    fits = named == kind and (put_id != "" or found) == (method == "PUT")
    if not fits or (put_id and (found or not _ID.match(put_id))):
        raise refuse(f"{before}request.url", "does not fit the resource and the method")
    said = str(resource.get("id", ""))
    if said and not _ID.match(said):
        raise refuse(f"{path}.id", "is not a valid id")
    if put_id and said not in {"", put_id}:
        raise refuse(f"{path}.id", "is not the id of request.url")
    return put_id or said


def identifiers_of(resource: Resource) -> tuple[tuple[str, str], ...]:
    found: Any = resource.get("identifier", [])
    timed = resource["resourceType"] == "Patient"
    return tuple(
        (identifier.get("system", ""), identifier["value"])
        for identifier in (found if isinstance(found, list) else [found])
        if identifier.get("value")
        and identifier.get("use") != "old"
        and (not timed or is_current(identifier))
    )


def made_up_id(facility: UUID, kind: str, key: str) -> str:
    """Make an id for a resource without one; the same resource gets the same id."""
    return str(uuid5(_NAMES, f"{facility}/{kind}/{key}"))


def name_of(resource: Resource) -> str:
    """Give the usual name: its text, else its parts in spoken order."""
    said = resource.get("name")
    if isinstance(said, str):
        return said
    names = [name for name in said or [] if name.get("use") not in {"old", "temp"}]
    if not names:
        return ""
    name = names[0]
    if name.get("text"):
        return str(name["text"])
    family = [name["family"]] if name.get("family") else []
    return " ".join([*name.get("prefix", []), *name.get("given", []), *family])
