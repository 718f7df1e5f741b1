"""Decides which stored record a sender means, by what it calls it: decisions only.

A record that was PUT has an id of its sender's. Any other is known by its own identifiers, a set
without order. Numbers of orders, visits and groups are kept beside them and identify nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

NUMBER: Final = "#"
"""Before the name of a number that identifies nothing: an order's, a visit's, a group's."""
DESCRIBED: Final = "~"
"""Before the hash of what a record says of itself: what it is known by without identifiers."""


@dataclass(frozen=True, slots=True)
class OwnIdentifier:
    """An identifier of the record itself. Both words are hashed before records meet them."""

    system: str
    """Empty where it says nothing about others of the same system."""
    name: str

    @property
    def pair(self) -> str:
        return f"{self.system}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordNames:
    """What a sender calls a record."""

    id: str = ""
    """The sender's id, where it holds in other messages too."""
    identifiers: tuple[OwnIdentifier, ...] = ()
    numbers: tuple[str, ...] = ()
    described: str = ""
    """What it is known by, together with its chart, where it has no identifier of its own."""
    sought: str = ""
    """The identifier that its request names it by (`ifNoneExist`, `PUT /Type?identifier=`)."""
    body_id: str = ""
    """The id in a resource that is sought so: it may not be another record's."""


UNNAMED: Final = RecordNames()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNames:
    """What a stored record is called."""

    key: str
    names: frozenset[str]
    pairs: frozenset[str]
    """Of its own identifiers: `system.name`."""
    has_id: bool
    """Its sender has given it an id by PUT. It keeps that."""

    @property
    def own(self) -> frozenset[str]:
        """Give the names of its own identifiers."""
        return frozenset(pair.partition(".")[2] for pair in self.pairs)


class Several(Exception):
    """Two stored records are meant, and nobody can say which."""


class AnotherId(Exception):
    """The record that is sought has another id than the resource says."""


def meant(
    said: RecordNames,
    stored: Collection[StoredNames],
    numbers: Collection[str],
    described: Sequence[str],
) -> StoredNames | None:
    """Say which of the stored records of one facility and type is meant; None: a new one.

    Args:
        said: what it is called.
        stored: every record that has one of these names.
        numbers: which of its own identifiers are numbers of several records, as was seen before.
        described: the words of what it says of itself, its own chart first.

    Raises:
        Several: its identifiers lead to two.
        AnotherId: see there.
    """
    if said.sought:
        sought = _by_sought(said, stored)
        if sought is not None:
            return sought
    if said.id:
        return _by_id(said, stored, numbers, described)
    own = _own(said, numbers)
    if own:
        return _one(_sharing(own, stored))
    return _by_description(described, stored)


def is_among(name: str, names: Collection[str]) -> bool:
    """Tell whether a reference by this name means a record with these names."""
    return bool(name) and (name in names or f"{NUMBER}{name}" in names)


def plain(names: Iterable[str]) -> set[str]:
    """Give what references call a record with these names: also numbers of several records."""
    return {name.removeprefix(NUMBER) for name in names if not name.startswith(DESCRIBED)}


def with_numbers(names: Iterable[str]) -> list[str]:
    """Give what to look for where references say these names."""
    said = set(names) - {""}
    return sorted(said | {f"{NUMBER}{name}" for name in said})


def _by_sought(said: RecordNames, stored: Collection[StoredNames]) -> StoredNames | None:
    found = _one([record for record in stored if is_among(said.sought, record.names)])
    if found and found.has_id and said.body_id and said.body_id not in found.names:
        raise AnotherId
    return found


def _by_id(
    said: RecordNames,
    stored: Collection[StoredNames],
    numbers: Collection[str],
    described: Sequence[str],
) -> StoredNames | None:
    """Find it by its id, else the one record that has got none so far and is meant without it."""
    found = [record for record in stored if said.id in record.names]
    if found:
        return found[0]
    without = [record for record in stored if not record.has_id]
    own = _own(said, numbers)
    if not own:
        return _by_description(described, without)
    sharing = _sharing(own, without)
    return sharing[0] if len(sharing) == 1 else None


def _own(said: RecordNames, numbers: Collection[str]) -> list[OwnIdentifier]:
    return [identifier for identifier in said.identifiers if identifier.name not in numbers]


def _sharing(own: Sequence[OwnIdentifier], stored: Collection[StoredNames]) -> list[StoredNames]:
    """Give those that share an identifier, and have no other one of a system instead."""
    names = {identifier.name for identifier in own}
    return [
        record
        for record in stored
        if not names.isdisjoint(record.names) and not _contradicts(own, record)
    ]


def _contradicts(own: Sequence[OwnIdentifier], record: StoredNames) -> bool:
    theirs = _by_system(tuple(pair.partition(".")[::2]) for pair in record.pairs)
    ours = _by_system((identifier.system, identifier.name) for identifier in own)
    return any(
        system in theirs and theirs[system].isdisjoint(names) for system, names in ours.items()
    )


def _by_system(pairs: Iterable[tuple[str, ...]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for system, name in pairs:
        if system:
            found.setdefault(system, set()).add(name)
    return found


def _by_description(
    described: Sequence[str], stored: Collection[StoredNames]
) -> StoredNames | None:
    for word in described:
        found = [record for record in stored if word in record.names]
        if found:
            return min(found, key=lambda record: record.key)
    return None


def _one(found: Sequence[StoredNames]) -> StoredNames | None:
    if len(found) > 1:
        raise Several
    return found[0] if found else None


def names_after(
    said: RecordNames,
    before: StoredNames | None,
    numbers: Collection[str],
    given: Collection[str],
    described: str,
) -> tuple[list[str], list[str]]:
    """Give all names, and the pairs of its own identifiers, that a record has from now on.

    A PUT says all of them; else what is said adds to what was said. A number that was seen with
    several records is nobody's own any more.

    Args:
        said: what it is called now.
        before: what it was called.
        numbers: which identifiers are numbers of several records.
        given: ids that the hub gave it, as names.
        described: the word of what it says of itself now.
    """
    common = {*said.numbers, *numbers}
    pairs = {identifier.pair for identifier in said.identifiers}
    ids, counted = {*given, *([said.id] if said.id else [])}, {*said.numbers}
    if before is not None:
        marked = (NUMBER, DESCRIBED)
        ids |= {n for n in before.names - before.own if not n.startswith(marked)}
        if not said.id:
            pairs |= before.pairs
            counted |= {n.removeprefix(NUMBER) for n in before.names if n.startswith(NUMBER)}
    own = {pair for pair in pairs if pair.partition(".")[2] not in common}
    counted |= {pair.partition(".")[2] for pair in pairs - own}
    names = ids | {pair.partition(".")[2] for pair in own} | {NUMBER + n for n in counted}
    return sorted(names | ({described} if described else set())), sorted(own)
