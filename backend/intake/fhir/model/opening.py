"""Opens a Bundle or a single resource: which entries it has, and what is asked for each."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import unquote

from backend.core.errors import Issue
from backend.core.preconditions import Preconditions, tags_in
from backend.intake.fhir.model.bundle import BundleNotSupported, Entry, identifiers_of
from backend.intake.fhir.model.datatypes import Issues, Resource, instant, refuse
from backend.intake.fhir.model.modifiers import refuse_modified_bundle

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")
_ADDRESS = re.compile(r"https?://\S+/(?P<kind>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})\Z")
_NAMING: Final = frozenset({"collection", "searchset", "history", "document"})
"""Bundles of what stands in the sender's own store, under the ids that it has there."""
WHOLE: Final = frozenset({"transaction", "message", *_NAMING})
"""Bundles that are taken in as one; a batch is as many messages as it has entries."""
_TAKEN: Final = frozenset({"POST", "PUT"})
TWICE: Final = "stands twice in this Bundle"
OLDER_VERSION: Final = "is an older version: the newest one in this Bundle counts"
DELETED: Final = (
    "a DELETE changes nothing here: send the record again with the status entered-in-error"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRequest:
    """What a request asks for a single resource, in its address and headers."""

    put_id: str = ""
    sought: str = ""
    """The search of a conditional update."""
    if_none_exist: str | None = None
    if_match: str | None = None
    if_none_match: str | None = None


_FAULTLESS: Final[Mapping[int, Sequence[Issue]]] = {}


def open_bundle(
    bundle: Resource, bases: Sequence[str] = (), odd: Mapping[int, Sequence[Issue]] = _FAULTLESS
) -> list[Entry]:
    """List the entries of a Bundle that is taken in whole.

    Args:
        bundle: as sent.
        bases: addresses below which the sender may name records in `request.url`.
        odd: faults that hinder nothing, by entry.

    Raises:
        BundleNotSupported: another type of Bundle, or another resource.
        NotUnderstood: entries that cannot be created or updated, all of them.
    """
    kind = bundle.get("type") if bundle["resourceType"] == "Bundle" else None
    if kind not in WHOLE:
        raise BundleNotSupported
    refuse_modified_bundle(bundle)
    problems, entries = Issues(), []
    for n, entry in enumerate(bundle.get("entry", [])):
        with problems.noted():
            opened = _entry(entry, f"Bundle.entry[{n}]", kind, bases)
            if kind != "transaction":
                holds = kind in _NAMING and bool(opened.said_id)
                opened = replace(opened, holds_id=holds, whole=False)
            entries.append(replace(opened, odd=tuple(odd.get(n, ()))))
    with problems.noted():
        entries = _newest(entries, versions=kind == "history")
    problems.refuse_if_any()
    return entries


def entry_of_batch(entry: Resource, n: int, bases: Sequence[str] = ()) -> Entry:
    """Open one entry of a batch, which is a message of its own.

    Raises:
        NotUnderstood: it cannot be created or updated.
    """
    return _entry(entry, f"Bundle.entry[{n}]", "batch", bases)


def alone(resource: Resource, kind: str, asked: ResourceRequest) -> Entry:
    """Open a resource that came without a Bundle, at the address of its type.

    Raises:
        NotUnderstood: it is of another kind, or has another id than its address.
    """
    if resource["resourceType"] != kind:
        raise refuse("resourceType", "is not the kind of this address")
    put = bool(asked.put_id or asked.sought)
    search = f"?{asked.sought}" if asked.sought else ""
    request = {
        "method": "PUT" if put else "POST",
        "url": f"{kind}/{asked.put_id}" if asked.put_id else f"{kind}{search}",
        "ifNoneExist": asked.if_none_exist,
        "ifMatch": asked.if_match,
        "ifNoneMatch": asked.if_none_match,
    }
    said = {name: value for name, value in request.items() if value is not None}
    return _opened(resource, said, kind, "", "")


def same_urls(bundle: Resource) -> list[int]:
    """List the entries of a batch whose `fullUrl` another one has too."""
    urls = [entry.get("fullUrl") for entry in bundle.get("entry", [])]
    counted = Counter(url for url in urls if url)
    return [n for n, url in enumerate(urls) if counted[url] > 1]


def sender_id(bundle: Resource) -> str | None:
    """Give the sender's own id of the message."""
    identifier = bundle.get("identifier", {})
    if identifier.get("value"):
        return f"{identifier.get('system', '')}|{identifier['value']}"
    entries = bundle.get("entry", [])
    header = entries[0].get("resource", {}) if entries else {}
    if header.get("resourceType") == "MessageHeader" and header.get("id"):
        return f"MessageHeader/{header['id']}"
    return None


def _entry(entry: Resource, path: str, kind: str, bases: Sequence[str]) -> Entry:
    asks = kind in {"transaction", "batch"}
    request = dict(entry.get("request", {}))
    resource: Resource | None = entry.get("resource")
    if kind == "history" and resource is None and request.get("method") == "DELETE":
        return _deleted(request, path)
    if asks and request.get("method") not in _TAKEN:
        raise refuse(f"{path}.request.method", "only POST and PUT are taken")
    if resource is None:
        raise refuse(f"{path}.resource", "required element missing")
    if asks:
        request["url"] = _below(str(request.get("url", "")), bases)
    else:
        request = _as_if_asked(resource)
    return _opened(resource, request, f"{path}.resource", f"{path}.", entry.get("fullUrl", ""))


def _below(url: str, bases: Sequence[str]) -> str:
    """Give `request.url` as it is meant: below the base address."""
    for base in bases:
        url = url.removeprefix(f"{base}/")
    return url.removeprefix("/").removesuffix("/")


def _deleted(request: Resource, path: str) -> Entry:
    kind = str(request.get("url", "")).partition("/")[0]
    return Entry(
        path=path, kind=kind, full_url="", said_id="", identifiers=(),
        resource={"resourceType": kind}, left_out=DELETED,
    )  # fmt: skip


def _as_if_asked(resource: Resource) -> Resource:
    """A message or a collection only says what is so: it is created or updated by its id."""
    kind, said = resource["resourceType"], resource.get("id")
    return {"method": "PUT", "url": f"{kind}/{said}"} if said else {"method": "POST", "url": kind}


def _opened(resource: Resource, request: Resource, path: str, before: str, url: str) -> Entry:
    kind, identifiers = resource["resourceType"], identifiers_of(resource)
    named, _, query = request.get("url", "").partition("?")
    condition = query or request.get("ifNoneExist")
    sought = _token_of(condition) if condition else None
    if condition is not None and sought not in identifiers:
        raise refuse(f"{before}request", "does not name an identifier that the resource has")
    said_id = _said_id(resource, named, request["method"], path, before, found=bool(query))
    in_url = _ADDRESS.match(url)
    return Entry(
        path=path,
        kind=kind,
        full_url=url,
        said_id=said_id or (in_url["id"] if in_url and in_url["kind"] == kind else ""),
        identifiers=identifiers,
        resource=resource,
        create_only=bool(condition) and not query,
        holds_id=request["method"] == "PUT" and "/" in named,
        whole=request["method"] == "PUT",
        sought=sought,
        preconditions=Preconditions(
            tags_in(request.get("ifMatch")), tags_in(request.get("ifNoneMatch"))
        ),
    )


def _token_of(condition: str) -> tuple[str, str] | None:
    """Read `identifier=system|value`, the one search that a condition may be."""
    name, _, token = condition.removeprefix("?").partition("=")
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
    said = str(resource.get("id", ""))
    if said and not _ID.match(said):
        raise refuse(f"{path}.id", "is not a valid id")
    if put_id and "/" not in put_id and not _ID.match(put_id):
        raise refuse(f"{before}request.url", "has an id that is not valid")
    fits = named == kind and (put_id != "" or found) == (method == "PUT")
    if not fits or (put_id and (found or "/" in put_id)):
        raise refuse(f"{before}request.url", "does not fit the resource and the method")
    if put_id and said not in {"", put_id}:
        raise refuse(f"{path}.id", "is not the id of request.url")
    return put_id or said


def _newest(entries: Sequence[Entry], *, versions: bool) -> list[Entry]:
    """Leave out what a newer version in the same Bundle replaces; refuse what stands there twice.

    Args:
        entries: of the Bundle.
        versions: whether it is a history, the newest version first.

    Raises:
        NotUnderstood: two entries have one name, and are not told to be two versions.
    """
    by_name: dict[tuple[str, ...], list[Entry]] = {}
    for entry in entries:
        for name in _names_of(entry):
            by_name.setdefault(name, []).append(entry)
    problems, old = Issues(), set[str]()
    for same in by_name.values():
        said = Counter(entry.resource.get("meta", {}).get("versionId", "") for entry in same)
        if len(same) > 1 and not versions and ("" in said or len(said) < len(same)):
            with problems.noted():
                raise refuse(same[1].path, TWICE)
        newest = max(same, key=_version)
        old |= {entry.path for entry in same if entry is not newest}
    problems.refuse_if_any()
    return [
        replace(entry, left_out=OLDER_VERSION) if entry.path in old else entry for entry in entries
    ]


def _names_of(entry: Entry) -> list[tuple[str, ...]]:
    """Give the names that no two entries may have: the address, the held id, the condition."""
    if entry.left_out:
        return []
    names: list[tuple[str, ...]] = [("url", entry.full_url)] if entry.full_url else []
    if entry.holds_id:
        names.append(("id", entry.kind, entry.said_id))
    if entry.sought:
        names.append(("sought", entry.kind, *entry.sought))
    return names


def _version(entry: Entry) -> tuple[float, int]:
    """Order versions by the time of the last change, then by their number."""
    meta = entry.resource.get("meta", {})
    at: datetime | None = instant(meta.get("lastUpdated"))
    number = str(meta.get("versionId", ""))
    return (at.timestamp() if at else 0.0, int(number) if number.isdecimal() else 0)
