"""Resolves the references of a Bundle: to its own entries, to earlier records, to patients."""

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote

from backend.auth.identity.identifiers import FHIR_ID, Identifier
from backend.intake.fhir.model.bundle import KEPT, Entry
from backend.intake.fhir.model.datatypes import Issues, Resource, refuse

_RELATIVE = re.compile(r"(?P<kind>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})\Z")
_KIND = re.compile(r"[A-Z][A-Za-z]+\Z")
_CONDITIONAL = re.compile(r"(?P<kind>[A-Z][A-Za-z]+)\?identifier=(?P<token>[^&]+)\Z")
_ABSOLUTE = re.compile(
    r"(?P<base>https?://.*)/(?P<kind>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})\Z"
)
_VERSION = re.compile(r"/_history/[A-Za-z0-9\-.]{1,64}\Z")
_IN_A_BUNDLE = ("urn:uuid:", "urn:oid:")
_OF_THE_SAME = re.compile(
    r"\.(result|hasMember|basedOn|encounter|context|appointment|priorPrescription)(\[\d+\])?\Z"
)
LINKS = frozenset({"replaced-by", "replaces"})
"""What a Patient's link may say that means something here."""
_WHO = frozenset({"subject", "patient"})
_Name = TypeVar("_Name", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The target of one reference."""

    path: str
    kind: str = ""
    """Empty when nobody can tell."""
    entry: Entry | None = None
    contained: Resource | None = None
    local_id: str = ""
    token: tuple[str, str] | None = None
    """System and value of a business identifier."""
    elsewhere: str = ""
    """What the reference says, where that leads nowhere that the hub knows."""

    @property
    def is_found(self) -> bool:
        return bool(self.entry or self.contained or self.local_id or self.token)

    @property
    def is_of_the_same(self) -> bool:
        """Tell whether it is to a record of the same patient, or else a mistake.

        A newborn's record may have its mother's as a reason; its visit is its own.
        """
        return self.kind in KEPT and bool(_OF_THE_SAME.search(self.path))


class References:
    """All entries of one Bundle, by every name that a reference may use.

    Args:
        entries: of the Bundle.
        bases: addresses whose records are the sender's own.
    """

    def __init__(self, entries: Sequence[Entry], bases: Sequence[str] = ()) -> None:
        present = [entry for entry in entries if not entry.left_out]
        self._bases = frozenset(bases)
        self._by_url = {entry.full_url: entry for entry in present if entry.full_url}
        self._by_id = _unique(
            ((entry.kind, entry.said_id), entry) for entry in present if entry.said_id
        )
        self._by_token = _unique(
            ((entry.kind, token), entry) for entry in present for token in set(entry.identifiers)
        )

    def all_in(self, entry: Entry) -> Iterator[Target]:
        """Give the target of every reference in a resource; a Patient's links are read elsewhere.

        Raises:
            NotUnderstood: all those to another server's patient, or to no entry of the Bundle by
                a name that means nothing outside of it.
        """
        problems, resource = Issues(), entry.resource
        if entry.kind == "Patient":
            resource = {name: part for name, part in resource.items() if name != "link"}
        for path, field, reference in _walk(resource, entry.path, ""):
            with problems.noted():
                target = self.target(reference, entry, path, field)
                within = reference.get("reference", "").startswith(_IN_A_BUNDLE)
                if (within or field in _WHO) and not target.is_found:
                    raise refuse(path, "refers to nothing in this Bundle")
                yield target
        problems.refuse_if_any()

    def target(self, reference: Resource, entry: Entry, path: str, field: str = "") -> Target:
        text = reference.get("reference")
        if text is None:
            return self._logical(reference, path, field)
        if text.startswith("#"):
            return _contained(text[1:], entry, path)
        text = _VERSION.sub("", text)
        if within := self._by_url.get(text) or self._by_url.get(_beside(text, entry)):
            return Target(path=path, kind=within.kind, entry=within)
        absolute = _ABSOLUTE.match(text)
        if absolute and absolute["base"] in self._bases:
            text = f"{absolute['kind']}/{absolute['id']}"
        if relative := _RELATIVE.match(text):
            return self._by_local_id(relative["kind"], relative["id"], path)
        if conditional := _CONDITIONAL.match(text):
            system, bar, value = unquote(conditional["token"]).partition("|")
            token = (system, value) if bar else ("", system)
            return self._by_number(conditional["kind"], token, path)
        return _out_of_reach(text, path)

    def _logical(self, reference: Resource, path: str, field: str) -> Target:
        identifier = reference.get("identifier", {})
        kind = reference.get("type") or ("Patient" if field in _WHO else "")
        kind = "Observation" if not kind and field == "result" else kind
        if not kind or not identifier.get("value"):
            return Target(path=path, kind=kind)
        return self._by_number(kind, (identifier.get("system", ""), identifier["value"]), path)

    def _by_local_id(self, kind: str, local_id: str, path: str) -> Target:
        if (kind, local_id) not in self._by_id:
            return Target(path=path, kind=kind, local_id=local_id)
        within = self._by_id[kind, local_id]
        if within is None:
            raise refuse(path, "two entries of this Bundle have that id")
        return Target(path=path, kind=kind, entry=within, local_id=local_id)

    def _by_number(self, kind: str, token: tuple[str, str], path: str) -> Target:
        within = self._by_token.get((kind, token))
        return Target(path=path, kind=kind, entry=within, token=token)


def _unique(named: Iterable[tuple[_Name, Entry]]) -> dict[_Name, Entry | None]:
    """Give the entry with each name; None where two have it."""
    found: dict[_Name, Entry | None] = {}
    for name, entry in named:
        found[name] = None if name in found else entry
    return found


def _beside(text: str, entry: Entry) -> str:
    """Make a relative reference absolute, by the base of the entry that it stands in (R4)."""
    base = _ABSOLUTE.match(entry.full_url)
    return f"{base['base']}/{text}" if base and _RELATIVE.match(text) else ""


def identifier_of(target: Target) -> Identifier:
    """Give the identifier of a Patient that the message itself does not contain."""
    if target.token is not None:
        return Identifier(*target.token)
    return Identifier(FHIR_ID, f"Patient/{target.local_id}")


def _contained(name: str, entry: Entry, path: str) -> Target:
    if not name:
        return Target(path=path, kind=entry.kind, entry=entry)
    for resource in (entry.container or entry.resource).get("contained", []):
        if resource.get("id") == name:
            return Target(path=path, kind=resource["resourceType"], contained=resource)
    raise refuse(path, "refers to nothing contained in this resource")


def _out_of_reach(text: str, path: str) -> Target:
    """Let a reference lead nowhere, but for one to a patient: a record is about somebody."""
    elsewhere = _ABSOLUTE.match(text)
    kind = elsewhere["kind"] if elsewhere else text.partition("?")[0].partition("/")[0]
    if kind == "Patient":
        raise refuse(path, "refers to a patient who is not yours")
    return Target(path=path, kind=kind if _KIND.match(kind) else "", elsewhere=text)


def _walk(value: Any, path: str, field: str) -> Iterator[tuple[str, str, Resource]]:
    if isinstance(value, list):
        for n, child in enumerate(value):
            yield from _walk(child, f"{path}[{n}]", field)
    elif isinstance(value, dict):
        if isinstance(value.get("reference"), str) or _is_logical(value):
            yield path, field, value
        for name, child in value.items():
            yield from _walk(child, f"{path}.{name}", name)


def _is_logical(value: Resource) -> bool:
    identifier = value.get("identifier")
    return isinstance(identifier, dict) and value.keys() <= {
        "identifier", "display", "type", "id", "extension",
    }  # fmt: skip
