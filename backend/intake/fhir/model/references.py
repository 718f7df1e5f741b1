"""Resolves the references of a Bundle: to its own entries, to earlier records, to patients."""

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import unquote

from backend.auth.identity.identifiers import FHIR_ID, Identifier
from backend.intake.fhir.model.bundle import KEPT, Entry
from backend.intake.fhir.model.datatypes import Issues, Resource, refuse
from backend.intake.fhir.model.pointers import Pointers, Step, pointers_in, written

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
    of_another_version: bool = False
    """It names a version of the entry that does not stand in the Bundle."""
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


@dataclass(frozen=True, slots=True)
class FoundReferences:
    """The references of one entry with their targets; those without one are among the problems."""

    entry: Entry
    """Held, so that no other entry gets its place in memory while this is kept by that."""
    pointers: Pointers
    targets: dict[tuple[Step, ...], Target]
    problems: Issues


class References:
    """All entries of one Bundle, by every name that a reference may use.

    Args:
        entries: of the Bundle.
        bases: addresses whose records are the sender's own.
    """

    def __init__(self, entries: Sequence[Entry], bases: Sequence[str] = ()) -> None:
        present = [entry for entry in entries if not entry.left_out]
        self._bases = frozenset(bases)
        self._found: dict[int, FoundReferences] = {}
        self._by_url = {entry.full_url: entry for entry in present if entry.full_url}
        self._by_id = _unique(
            ((entry.kind, entry.said_id), entry) for entry in present if entry.said_id
        )
        self._by_token = _unique(
            ((entry.kind, token), entry) for entry in present for token in set(entry.identifiers)
        )

    def found_in(self, entry: Entry) -> "FoundReferences":
        """Give all references of a resource, each with its target: they are looked for once."""
        kept = self._found.get(id(entry))
        if kept is None:
            kept = self._found[id(entry)] = self._resolve(entry)
        return kept

    def _resolve(self, entry: Entry) -> "FoundReferences":
        problems, pointers = Issues(), pointers_in(entry.resource)
        targets: dict[tuple[Step, ...], Target] = {}
        for pointer in pointers.references:
            if entry.kind == "Patient" and pointer.steps[:1] == ("link",):
                continue
            path = f"{entry.path}{written(pointer.steps)}"
            with problems.noted():
                target = self.target(pointer.said, entry, path, pointer.field)
                within = pointer.said.get("reference", "").startswith(_IN_A_BUNDLE)
                if (within or pointer.field in _WHO) and not target.is_found:
                    raise refuse(path, "refers to nothing in this Bundle")
                targets[pointer.steps] = target
        return FoundReferences(entry, pointers, targets, problems)

    def all_in(self, entry: Entry) -> Iterator[Target]:
        """Give the target of every reference in a resource; a Patient's links are read elsewhere.

        Raises:
            NotUnderstood: all those to another server's patient, or to no entry of the Bundle by
                a name that means nothing outside of it.
        """
        found = self.found_in(entry)
        yield from found.targets.values()
        found.problems.refuse_if_any()

    def target(self, reference: Resource, entry: Entry, path: str, field: str = "") -> Target:
        text = reference.get("reference")
        if text is None:
            return self._logical(reference, path, field)
        if text.startswith("#"):
            return _contained(text[1:], entry, path)
        said, text = text, _VERSION.sub("", text)
        if within := self._by_url.get(text) or self._by_url.get(_beside(text, entry)):
            other = _is_of_another_version(said, within)
            return Target(path=path, kind=within.kind, entry=within, of_another_version=other)
        absolute = _ABSOLUTE.match(text)
        if absolute and absolute["base"] in self._bases:
            text = f"{absolute['kind']}/{absolute['id']}"
        if relative := _RELATIVE.match(text):
            found = self._by_local_id(relative["kind"], relative["id"], path)
            other = found.entry is not None and _is_of_another_version(said, found.entry)
            return replace(found, of_another_version=other)
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


def _is_of_another_version(text: str, entry: Entry) -> bool:
    version = _VERSION.search(text)
    stated = entry.resource.get("meta", {}).get("versionId")
    return version is not None and bool(stated) and version[0] != f"/_history/{stated}"


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
