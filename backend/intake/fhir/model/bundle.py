"""Says what one entry of a Bundle is, and what it is called."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5

from backend.core.errors import HubError, Issue
from backend.core.preconditions import NONE, Preconditions
from backend.intake.fhir.model.datatypes import Resource, first_of, is_current
from backend.records.kinds import KINDS

PRIOR = "priorPrescription"
"""The element that names what a prescription takes the place of; whichever comes first."""
KEPT = frozenset(kind.fhir for kind in KINDS)
_NAMES = UUID("6f1c9a52-6a3e-5a2b-9d0e-3a1f7c54b8d1")

PARTIES = frozenset(
    {"Practitioner", "PractitionerRole", "Organization", "Location", "HealthcareService",
     "Medication", "Specimen"}
)  # fmt: skip
"""Resources about no patient, of which records show what they are called."""
BINARY = "Binary"


class BundleNotSupported(HubError):
    """The hub takes Bundles of every type but subscription-notification and responses."""

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
    holds_id: bool = False
    """Its id is the sender's name of it, and holds in other messages too."""
    whole: bool = False
    """It was PUT: what it leaves out is not so."""
    container: Resource | None = None
    """The resource that contains this one, and all that it may call by `#`."""
    inside: "tuple[Entry, str] | None" = None
    """The entry that contains this one, and what that calls it."""
    sought: tuple[str, str] | None = None
    """The identifier that the request names it by."""
    preconditions: Preconditions = NONE
    left_out: str = ""
    """Why nothing of it is taken in, in words for its sender; empty where it is."""
    odd: tuple[Issue, ...] = ()
    """Its faults in what no patient is shown: they are said, and hinder nothing."""


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
    """Give the name in use: its text, else its parts in their Vietnamese order."""
    said = resource.get("name")
    if isinstance(said, str):
        return said
    for name in sorted(said or [], key=rank_of_name):
        parts = [*name.get("prefix", []), name.get("family"), *name.get("given", [])]
        return first_of(name.get("text"), " ".join(filter(None, parts))) or ""
    return ""


_OTHER_NAMES: Final = frozenset({"temp", "nickname", "anonymous", "maiden"})


def rank_of_name(human_name: Resource) -> tuple[bool, int, bool]:
    """Rank a name: one of today before an old one, then by its use, then one that has words."""
    use = human_name.get("use")
    return (
        use == "old" or not is_current(human_name),
        0 if use in {"official", "usual"} else 2 if use in _OTHER_NAMES else 1,
        first_of(human_name.get("text"), human_name.get("family"), *human_name.get("given", []))
        is None,
    )
