"""Finds what each resource is called, and hashes its content whatever its spelling."""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final

from msgspec.json import Encoder

from backend.auth.identity.identifiers import NATIONAL
from backend.intake.fhir.model.bundle import (
    BINARY,
    PARTIES,
    Entry,
    identifiers_of,
    made_up_id,
)
from backend.intake.fhir.model.datatypes import Resource
from backend.intake.fhir.model.identifier_types import is_of_several
from backend.intake.fhir.model.names import called
from backend.intake.fhir.model.pointers import Pointer, Step, with_changes
from backend.intake.fhir.model.references import LINKS, FoundReferences, References, Target
from backend.intake.fhir.model.sender import SendingFacility
from backend.records.filing.contents import RecordReference
from backend.records.record_names import OwnIdentifier, RecordNames

LONGEST_KEY = 500
_CANON = Encoder(order="sorted", decimal_format="number")
_APART: Final = frozenset({"id", "meta"})
_OF_THE_SENDING = frozenset({"versionId", "lastUpdated"})
"""What may differ in `meta` although the same is said."""
_WHAT: Final = ("code", "medicationCodeableConcept", "medicationReference", "vaccineCode", "type",
               "relationship", "questionnaire", "title")  # fmt: skip
_WHEN: Final = (
    "effectiveDateTime", "effectiveInstant", "effectivePeriod", "effectiveTiming", "issued",
    "authoredOn", "occurrenceDateTime", "occurrencePeriod", "occurrenceString",
    "performedDateTime", "performedPeriod", "performedString", "onsetDateTime", "onsetPeriod",
    "recordedDate", "dateAsserted", "created", "started", "period", "start", "date",
    "authored", "whenHandedOver", "whenPrepared",
)  # fmt: skip
"""What a resource is about, and when that was: the first that it has."""


def key_of(token: tuple[str, ...]) -> str:
    """Give the key of a business identifier; an overlong one is replaced by its hash."""
    key = "|".join(token)
    return key if len(key) <= LONGEST_KEY else f"sha256:{sha256(key.encode()).hexdigest()}"


class Keys:
    """What every entry of one Bundle is called, and the hash of its content.

    References inside the Bundle count as the name of what they point to, never as the `fullUrl`,
    which may be another one each time.
    """

    def __init__(
        self, references: References, sender: SendingFacility, entries: Sequence[Entry]
    ) -> None:
        self._references = references
        self._sender = sender
        once = _once(entries)
        self._shared = _shared(once)
        self._keys: dict[str, str] = {}
        self._open = 0  # names that are being made at this moment
        self._hashes: dict[int, tuple[Entry, bytes]] = {}  # by the entry in memory, held with it
        self._owned: dict[int, tuple[Entry, tuple[tuple[str, str], ...]]] = {}
        self._numbered: Counter[tuple[str, str]] = Counter()
        self._numbered.update(
            (entry.kind, self._by_numbers(entry))
            for entry in once
            if entry.identifiers and entry.kind != "Patient" and not self._own(entry)
        )

    def key(self, entry: Entry) -> str:
        """Give the name that an entry has inside its message."""
        if entry.kind == "Patient" and entry.identifiers:
            return key_of(tuple("|".join(token) for token in sorted(entry.identifiers)))
        if entry.holds_id:
            return entry.said_id
        own = self._own(entry)
        if own:
            return key_of(tuple("|".join(token) for token in sorted(own)))
        if entry.inside is not None:
            return key_of((self.key(entry.inside[0]), f"#{entry.inside[1]}"))
        if entry.path not in self._keys:
            self._keys[entry.path] = "in-a-circle"
            self._open += 1
            try:
                self._keys[entry.path] = f"sha256:{self._described(entry)}"
            finally:
                self._open -= 1
        return self._keys[entry.path]

    def names(self, entry: Entry) -> RecordNames:
        """Give all that a record is called."""
        if entry.inside is not None:
            return self._names_of_part(entry, *entry.inside)
        own = self._own(entry)
        common = [token for token in entry.identifiers if token not in own]
        return RecordNames(
            id=entry.said_id if entry.holds_id else "",
            identifiers=tuple(OwnIdentifier(system, key_of((system, v))) for system, v in own),
            numbers=tuple(map(key_of, common)),
            described=self._described(entry),
            sought=key_of(entry.sought) if entry.sought else "",
            body_id=str(entry.resource.get("id", "")),
        )

    def _names_of_part(self, part: Entry, owner: Entry, name: str) -> RecordNames:
        """Give what a record is called that is contained in another one, and is known by that."""
        whole = self.names(owner)
        alone = self._own(part)
        return RecordNames(
            id=f"{whole.id}#{name}" if whole.id and not alone else "",
            identifiers=tuple(
                OwnIdentifier(system, key_of((system, value))) for system, value in alone
            ) or tuple(OwnIdentifier("", f"{own.name}#{name}") for own in whole.identifiers),
            numbers=tuple(key_of(token) for token in part.identifiers if token not in alone),
            described=f"{whole.described}#{name}",
        )  # fmt: skip

    def local_id(self, entry: Entry) -> str:
        facility = self._sender.facility
        return entry.said_id or made_up_id(facility, entry.kind, self.key(entry))

    def content_hash(self, entry: Entry) -> bytes:
        """Hash what is said; it is reckoned once, unless a circle of names is still open."""
        kept = self._hashes.get(id(entry))
        if kept is not None:
            return kept[1]
        hashed = self._hashed(entry)
        if not self._open:
            self._hashes[id(entry)] = (entry, hashed)
        return hashed

    def _hashed(self, entry: Entry) -> bytes:
        resource = {k: v for k, v in entry.resource.items() if k not in _APART}
        meta = entry.resource.get("meta", {})
        of_content = {k: v for k, v in meta.items() if k not in _OF_THE_SENDING}
        links = self._linked(resource.pop("link", []), entry) if entry.kind == "Patient" else []
        said = [of_content, self._resolved(resource, entry), *([links] if links else [])]
        return sha256(_CANON.encode(said)).digest()

    def names_referred_to(self, entry: Entry) -> list[str]:
        """Name the doctors and departments that are contained in a resource."""
        names = [
            called(target.contained)
            for target in self._references.all_in(entry)
            if target.contained and target.contained["resourceType"] in PARTIES
        ]
        return [name for name in names if name]

    def _own(self, entry: Entry) -> tuple[tuple[str, str], ...]:
        """Give the identifiers of the resource itself: not of an order, a visit or a person."""
        kept = self._owned.get(id(entry))
        if kept is None:
            kept = self._owned[id(entry)] = (entry, self._find_own(entry))
        return kept[1]

    def _find_own(self, entry: Entry) -> tuple[tuple[str, str], ...]:
        said = entry.resource.get("identifier", [])
        of_several = {
            (identifier.get("system", ""), identifier.get("value"))
            for identifier in (said if isinstance(said, list) else [said])
            if is_of_several(identifier)
        }
        return tuple(
            token
            for token in dict.fromkeys(entry.identifiers)
            if token not in of_several
            and token[0] not in NATIONAL
            and token[0] not in self._sender.numbering.declared
            and (entry.kind if entry.kind in PARTIES else "", token) not in self._shared
        )

    def _described(self, entry: Entry) -> str:
        """Hash what it is known by without an own identifier: numbers, what and when, else all."""
        if entry.identifiers:
            numbered = self._by_numbers(entry)
            if self._own(entry) or self._numbered[entry.kind, numbered] == 1:
                return numbered
        return self.content_hash(entry).hex()

    def _by_numbers(self, entry: Entry) -> str:
        named = next((name for name in _WHAT if name in entry.resource), "")
        about = self._resolved({named: entry.resource[named]}, entry)[named] if named else ""
        at = next((entry.resource[name] for name in _WHEN if name in entry.resource), "")
        if isinstance(at, dict):
            at = at.get("start", at.get("end", ""))
        said = [sorted(set(entry.identifiers)), about, at]
        return sha256(_CANON.encode(said)).hexdigest()

    def mentions(self, entry: Entry) -> tuple[RecordReference, ...]:
        """Give the named resources that a resource refers to, but for those contained in it."""
        found = [
            record_reference(target, self)
            for target in self._references.all_in(entry)
            if target.kind in PARTIES and target.contained is None and target.entry is not entry
        ]
        return tuple(dict.fromkeys(replace(mention, path="") for mention in found))

    def _resolved(self, part: Resource, entry: Entry) -> Resource:
        """Give elements of a resource with the name of each target, and the hash of each file."""
        found, changes = self._references.found_in(entry), dict[tuple[Step, ...], str]()
        whole = set(part)
        if isinstance(part.get("identifier"), list):
            whole.remove("identifier")
            part = part | {"identifier": sorted(map(_CANON.encode, part["identifier"]))}
        for pointer in found.pointers.literal:
            for element, name_of_it in (("reference", self._named), ("url", self._filed)):
                place = (*pointer.steps, element)
                if place[0] in whole and (name := name_of_it(pointer, found, entry)):
                    changes[place] = name
        return with_changes(part, changes)

    def _named(self, pointer: Pointer, found: FoundReferences, entry: Entry) -> str:
        """Name the target of a reference; what is contained is called by its own `#` already."""
        reference = pointer.said.get("reference")
        if not isinstance(reference, str) or reference.startswith("#"):
            return ""
        known = found.targets.get(pointer.steps)
        return self._name(known or self._references.target(pointer.said, entry, ""))

    def _filed(self, pointer: Pointer, _: FoundReferences, entry: Entry) -> str:
        """Hash the file of the Bundle that an address leads to."""
        url = pointer.said.get("url")
        if not isinstance(url, str):
            return ""
        file = self._references.target({"reference": url}, entry, "").entry
        return self.content_hash(file).hex() if file and file.kind == BINARY else ""

    def _linked(self, links: list[dict[str, Any]], entry: Entry) -> list[list[str]]:
        """Name whom a Patient is merged with; other links mean nothing here."""
        named = []
        for link in links:
            if link.get("type") in LINKS:
                target = self._references.target(link["other"], entry, "")
                other = self.local_id(target.entry) if target.entry else target.local_id
                named.append([link["type"], other or key_of(target.token or ("", ""))])
        return named

    def _name(self, target: Target) -> str:
        """Whose it is stands in the row already, so all ways to say that count the same."""
        if target.kind == "Patient":
            return "Patient"
        if target.entry is not None:
            return f"{target.kind}/{self.key(target.entry)}"
        return ""


def _once(entries: Sequence[Entry]) -> list[Entry]:
    """Leave out what says the same as an entry before it: that is one record, said twice."""
    found: dict[tuple[str, bytes], Entry] = {}
    for entry in entries:
        said = {name: part for name, part in entry.resource.items() if name not in {"id", "meta"}}
        found.setdefault((entry.kind, _CANON.encode(said)), entry)
    return list(found.values())


def _shared(entries: Sequence[Entry]) -> AbstractSet[tuple[str, tuple[str, str]]]:
    """Give the identifiers that two entries have: a group's. Doctors share none with records."""
    counted = Counter(
        (entry.kind if entry.kind in PARTIES else "", token)
        for entry in entries
        for token in set(entry.identifiers)
    )
    inside = {("", token) for entry in entries for token in _of_parts(entry)}
    return inside | frozenset(token for token, times in counted.items() if times > 1)


def _of_parts(entry: Entry) -> list[tuple[str, str]]:
    """List the identifiers that two parts of one resource have."""
    counted = Counter(
        token for part in entry.resource.get("contained", []) for token in set(identifiers_of(part))
    )
    return [token for token, times in counted.items() if times > 1]


def record_reference(target: Target, keys: Keys) -> RecordReference:
    key = ""
    if target.entry is not None:
        key = keys.key(target.entry)
    elif target.token is not None:
        key = key_of(target.token)
    elif target.elsewhere or not target.local_id:
        key = key_of((_NOWHERE, target.elsewhere or target.path))
    return RecordReference(
        path=target.path,
        kind=target.kind,
        key=key,
        local_id="" if key else target.local_id,
        may_dangle=True,
    )


_NOWHERE = "nowhere"
"""Stands before what leads nowhere: no resource has such a key."""
