"""Makes each resource's key, and a hash of its content that is independent of its spelling."""

from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from msgspec.json import Encoder

from backend.intake.fhir.model.bundle import BINARY, PARTIES, Entry, made_up_id
from backend.intake.fhir.model.names import called
from backend.intake.fhir.model.references import LINKS, References, Target
from backend.records.filing.contents import RecordReference

LONGEST_KEY = 500
_CANON = Encoder(order="sorted", decimal_format="number")
_OF_THE_SENDING = frozenset({"versionId", "lastUpdated"})
"""What may differ in `meta` although the same is said."""


def key_of(token: tuple[str, ...]) -> str:
    """Give the key of a business identifier; an overlong one is replaced by its hash."""
    key = "|".join(token)
    return key if len(key) <= LONGEST_KEY else f"sha256:{sha256(key.encode()).hexdigest()}"


class Keys:
    """Key, local id and content hash of every entry of one Bundle.

    References inside the Bundle count as the key of what they point to, never as the `fullUrl`,
    which may be another one each time.
    """

    def __init__(self, references: References, facility: UUID) -> None:
        self._references = references
        self._facility = facility
        self._keys: dict[str, str] = {}

    def key(self, entry: Entry) -> str:
        if entry.kind == "Patient" and entry.identifiers:
            return key_of(tuple("|".join(token) for token in sorted(entry.identifiers)))
        if entry.identifiers:
            return key_of(entry.identifiers[0])
        if entry.said_id:
            return entry.said_id
        if entry.path not in self._keys:
            self._keys[entry.path] = "in-a-circle"
            self._keys[entry.path] = f"sha256:{self.content_hash(entry).hex()}"
        return self._keys[entry.path]

    def local_id(self, entry: Entry) -> str:
        return entry.said_id or made_up_id(self._facility, entry.kind, self.key(entry))

    def content_hash(self, entry: Entry) -> bytes:
        resource = {k: v for k, v in entry.resource.items() if k != "id"}
        meta = {k: v for k, v in resource.pop("meta", {}).items() if k not in _OF_THE_SENDING}
        links = self._linked(resource.pop("link", []), entry) if entry.kind == "Patient" else []
        said = [meta, self._resolved(resource, entry), *([links] if links else [])]
        return sha256(_CANON.encode(said)).digest()

    def names_referred_to(self, entry: Entry) -> list[str]:
        """Name the doctors and departments that are contained in a resource."""
        names = [
            called(target.contained)
            for target in self._references.all_in(entry)
            if target.contained and target.contained["resourceType"] in PARTIES
        ]
        return [name for name in names if name]

    def mentions(self, entry: Entry) -> tuple[RecordReference, ...]:
        """Give the named resources that a resource refers to, but for those contained in it."""
        found = [
            record_reference(target, self)
            for target in self._references.all_in(entry)
            if target.kind in PARTIES and target.contained is None and target.entry is not entry
        ]
        return tuple(dict.fromkeys(replace(mention, path="") for mention in found))

    def _resolved(self, value: Any, entry: Entry) -> Any:
        if isinstance(value, list):
            return [self._resolved(part, entry) for part in value]
        if not isinstance(value, dict):
            return value
        plain = {name: self._resolved(part, entry) for name, part in value.items()}
        if isinstance(value.get("reference"), str) and not value["reference"].startswith("#"):
            target = self._references.target(value, entry, "")
            plain["reference"] = self._name(target) or value["reference"]
        if isinstance(value.get("url"), str):
            file = self._references.target({"reference": value["url"]}, entry, "").entry
            if file is not None and file.kind == BINARY:
                plain["url"] = self.content_hash(file).hex()
        return plain

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
