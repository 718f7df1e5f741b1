"""Decides what a record shows of the resources that it mentions, as far as they have come.

Nothing here asks the database: the same rules fill a record when it is filed (`filing`) and when
what it mentions comes later (`awaiting`). So it ends the same, whatever came first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.json import Decoder, Encoder
from msgspec.structs import replace

from backend.records.filing.contents import Blank, Content, PartyContent, RecordReference
from backend.records.views.part_views import NamedView
from backend.records.visibility.restriction_config import of_names, strictest

CODES: Final = "coded"
"""The blank of the codes of a medicine. It stands in no JSON that an app reads."""
LONGEST_NAME: Final = 2000
"""Letters of a name, or of a reason, that a record shows."""
_FILE: Final = "files."


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What is known of a resource that records mention: a row of `party`."""

    id: UUID
    kind: str
    name: str
    coded: str = ""
    """The codes of a Medication; of a Binary its `FileView`, as JSON."""
    restriction: str = ""
    withholds: bool = False
    is_whole: bool = True
    """What it mentions itself has come."""
    patient: UUID | None = None
    """Of a Binary whose sender says whose it is."""


Value = str | list[str] | list[NamedView]
"""What a field shows of others: one name, names, or names with what each is for the record."""
Known = Mapping[str, Named]
"""By each name of it: its key, and what references call it."""


class StoredBlank(Struct, frozen=True, omit_defaults=True):
    """A blank as it waits in the database; a number stands for the name of that place."""

    field: str
    names: list[str | int]
    takes_all: bool = False
    roles: list[str] = []
    """Of each name, what it is for the record; empty where the field has no roles."""
    size: int = 0
    digest: bytes = b""


_WRITER: Final = Encoder()
_READER: Final = Decoder(list[StoredBlank])


@dataclass(frozen=True, slots=True)
class CameFile:
    """A Binary that a record names, and what the record says of it; 0 and empty say nothing."""

    binary: Named
    size: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Wanting:
    """All that a record says of other resources."""

    names: Sequence[str] = ()
    """What it mentions, hashed (`own_names`): each once."""
    blanks: Sequence[StoredBlank] = ()

    @property
    def in_json(self) -> str:
        return _WRITER.encode(self.blanks).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledIn:
    """What a record shows of the resources that it mentions."""

    fields: Mapping[str, Value] = field(default_factory=dict)
    codes: str = ""
    files: Mapping[int, "CameFile"] = field(default_factory=dict)
    """By their place in the record."""
    restriction: str = ""
    withheld: bool = False
    awaits: Wanting | None = None
    """What has not come."""


NOTHING: Final = FilledIn()


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A record that was stored in this act, and what it waits for."""

    table: str
    record: UUID
    awaits: Wanting | None
    """None where all has come: what it waited for before is forgotten."""
    patient: UUID | None = None
    is_new: bool = False
    """It waited for nothing before."""


def stored_wanting(names: Sequence[str], blanks: str) -> Wanting:
    return Wanting(names, _READER.decode(blanks))


def wanting_of(content: Content | PartyContent) -> Wanting:
    """Give what a record says of others; empty for one that mentions nothing."""
    blanks = content.blanks
    named = [mentioned for blank in blanks for mentioned in blank.names]
    files = [
        (place, file)
        for place, file in enumerate(getattr(content, "files", ()))
        if file.elsewhere is not None
    ]
    mentions = [
        *content.mentions,
        *(person.reference for person in named if person.reference),
        *(file.elsewhere for _, file in files),
    ]
    names = list(dict.fromkeys(name_in(mention) for mention in mentions if name_in(mention)))
    place_of = {name: place for place, name in enumerate(names)}
    return Wanting(
        names,
        [
            *(
                _stored(blank, place_of) for blank in blanks if blank.names
            ),
            *(
                StoredBlank(
                    f"{_FILE}{place}", [place_of[name_in(file.elsewhere)]], size=file.size,
                    digest=file.digest,
                )
                for place, file in files
            ),
        ],
    )  # fmt: skip


def name_in(reference: RecordReference) -> str:
    """Give what a reference calls its target: a key or a local id, which never meet."""
    return reference.key or reference.local_id


def _stored(blank: Blank, place_of: Mapping[str, int]) -> StoredBlank:
    """Leave out what says nothing; a name that is said goes before what it refers to."""
    said: list[tuple[str | int, str]] = []
    for one in blank.names:
        if one.name:
            said.append((fitting(one.name), one.role or ""))
        elif one.reference and (name := name_in(one.reference)):
            said.append((place_of[name], one.role or ""))
    roles = [role for _, role in said] if blank.with_roles else []
    takes_all = blank.takes_all or blank.with_roles
    return StoredBlank(blank.field, [name for name, _ in said], takes_all, roles)


def fitting(name: str) -> str:
    """Cut a name where all can see it: what is longer than any name stands in the message."""
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]} […]"


def fill_in(wanting: Wanting, known: Known, patient: UUID | None = None) -> FilledIn:
    """Fill what can be filled.

    Args:
        wanting: what the record says of others.
        known: what has come of that.
        patient: of the chart that it is filed in. A file of another chart is none of its own.
    """
    if not wanting.names and not wanting.blanks:
        return NOTHING
    found = [known.get(name) for name in wanting.names]
    blanks = [blank for blank in wanting.blanks if not _is_special(blank.field)]
    fields = {
        blank.field: value for blank in blanks if (value := _value(blank, found)) or blank.takes_all
    }
    shown = [name for blank in blanks for name in _known_names(blank, found)]
    come = [named for named in found if named is not None]
    return FilledIn(
        fields=fields,
        codes=next(
            (named.coded for named in _named(wanting, CODES, found) if named and named.coded), ""
        ),
        files=_files(wanting, found, patient),
        restriction=strictest(of_names(shown), *(named.restriction for named in come)),
        withheld=any(named.withholds for named in come),
        awaits=_left(wanting, found),
    )


def _is_special(name: str) -> bool:
    return name == CODES or name.startswith(_FILE)


def _value(blank: StoredBlank, found: Sequence[Named | None]) -> Value:
    if blank.roles:
        named = [
            NamedView(name=name, role=role or None)
            for said, role in zip(blank.names, blank.roles, strict=True)
            if (name := _name(said, found))
        ]
        return list(dict.fromkeys(named))
    known = list(dict.fromkeys(_known_names(blank, found)))
    if blank.takes_all:
        return known
    return known[0] if known else ""


def _known_names(blank: StoredBlank, found: Sequence[Named | None]) -> list[str]:
    return [name for said in blank.names if (name := _name(said, found))]


def _name(said: str | int, found: Sequence[Named | None]) -> str:
    if isinstance(said, str):
        return said
    named = found[said]
    return named.name if named else ""


def _named(wanting: Wanting, name: str, found: Sequence[Named | None]) -> list[Named | None]:
    """Give what has come for the blanks of this name."""
    return [
        found[said]
        for blank in wanting.blanks
        if blank.field == name
        for said in blank.names
        if isinstance(said, int)
    ]


def _files(
    wanting: Wanting, found: Sequence[Named | None], patient: UUID | None
) -> dict[int, CameFile]:
    """Give the files that have come, and are of nobody else."""
    files = {}
    for blank in wanting.blanks:
        if not blank.field.startswith(_FILE):
            continue
        (named,) = (found[said] for said in blank.names if isinstance(said, int))
        if named is not None and named.patient in {None, patient}:
            place = int(blank.field.removeprefix(_FILE))
            files[place] = CameFile(named, blank.size, blank.digest)
    return files


def _left(wanting: Wanting, found: Sequence[Named | None]) -> Wanting | None:
    """Give what is still waited for: names that are filled_in stand in it as they are."""
    places = {
        place: named for place, named in enumerate(found) if named is None or not named.is_whole
    }
    if not places:
        return None
    moved = {place: n for n, place in enumerate(places)}
    return Wanting(
        [wanting.names[place] for place in places],
        [kept for blank in wanting.blanks if (kept := _kept(blank, found, moved)) is not None],
    )


def _kept(
    blank: StoredBlank, found: Sequence[Named | None], moved: Mapping[int, int]
) -> StoredBlank | None:
    """Keep the names of a blank that waits for one of them; nothing of one that is filled."""
    if not any(isinstance(said, int) and said in moved for said in blank.names):
        return None
    said = [moved.get(one, _name(one, found)) if isinstance(one, int) else one
            for one in blank.names]  # fmt: skip
    kept = [place for place, one in enumerate(said) if one != ""]
    return replace(
        blank,
        names=[said[place] for place in kept],
        roles=[blank.roles[place] for place in kept] if blank.roles else [],
    )
