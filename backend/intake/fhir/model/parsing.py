"""Parses bytes to one valid FHIR R4 resource, or lists every fault by path, never by value."""

import re
from collections.abc import Sequence
from decimal import InvalidOperation
from typing import Final

import fhirkit
from fhirkit import Issue as FhirkitIssue

from backend.core.errors import HubError, Issue
from backend.intake.fhir.model.datatypes import MOST_ISSUES, Resource

_ENTRY: Final = re.compile(r"Bundle\.entry\[(?P<n>\d+)\]\Z")
"""The path of an entry that is no object: the reader leaves it out."""
LARGEST: Final = 28 * 1024 * 1024
"""Bytes of one message at most: a file of 20 MB in base64, and what is said about it."""
_LONGEST_PATH: Final = 300

FIXED = frozenset(
    {
        "required element missing",
        "unknown element",
        "the key appears more than once",
        "null is not allowed; leave the element out",
        "null with no extension in its place",
        "null is not allowed in an array of complex values",
        "an empty array is not allowed; leave the element out",
        "an empty string is not allowed",
        "expected a single value, found an array",
    }
)
"""What the validator says without repeating anything of what it read."""

_KIND = re.compile(r"is not an? (?:valid )?(?P<kind>[A-Za-z0-9 ]{1,20})(?: \(\d or more\))?\Z")
_EXPECTED = re.compile(r"expected (?:an? )?[a-z ]+(?: or [a-z]+)?, found (?:an? )?(?:[a-z]+)\Z")
_EMPTY = re.compile(r"an empty [A-Za-z0-9]{1,20} is not allowed; leave the element out\Z")
_ELEMENT = re.compile(r"[A-Za-z_][A-Za-z]{0,60}(64Binary)?(\[\d+\]|\[x\])?\Z")
"""Of all FHIR's names only those that end so have digits in them."""


class NotFhir(HubError):
    """This is not a FHIR R4 resource."""

    code = "not_fhir"
    status = 422


class InvalidFhir(HubError):
    """This is not valid FHIR R4."""

    code = "invalid_fhir"
    status = 422


def parse_resource(raw: bytes) -> Resource:
    """Read one resource; numbers keep the precision of the sender.

    Raises:
        NotFhir: not a FHIR resource at all.
        InvalidFhir: one, with everything that is wrong with it.
    """
    resource, faults = look(raw)
    refuse_faults(faults)
    return resource


def refuse_faults(faults: Sequence[Issue]) -> None:
    """Refuse what has faults.

    Raises:
        InvalidFhir: with as many as are told.
    """
    if faults:
        raise InvalidFhir(faults=faults[:MOST_ISSUES])


def look(raw: bytes) -> tuple[Resource, list[Issue]]:
    """Read one resource and list its faults.

    Raises:
        NotFhir: not a FHIR resource at all.
        InvalidFhir: it has a number nobody can hold.
    """
    try:
        resource = fhirkit.parse(raw)
    except fhirkit.ParseError:
        raise NotFhir from None  # its words repeat the text
    except fhirkit.ValidationError:
        raise NotFhir(faults=[Issue("resourceType", "is not a FHIR R4 resource type")]) from None
    faults = [_issue(issue) for issue in resource.issues if issue.severity == "error"]
    try:
        return _in_its_places(resource.to_dict(), faults), faults
    except InvalidOperation:
        raise InvalidFhir(
            faults=[Issue(resource.resource_type, "has a number too large")]
        ) from None


def _in_its_places(resource: Resource, faults: Sequence[Issue]) -> Resource:
    """Put an empty entry where one was no object, so that each fault is of the entry it names."""
    for fault in faults:
        lost = _ENTRY.match(fault.path)
        if lost:
            resource.setdefault("entry", []).insert(int(lost["n"]), {})
    return resource


def _issue(issue: FhirkitIssue) -> Issue:
    return Issue(_path(issue.path), _words(issue.message))


def _path(path: str) -> str:
    """Keep the names FHIR could have; a key that is no such name may be anybody's secret."""
    names = [element if _ELEMENT.match(element) else "(unknown)" for element in path.split(".")]
    return ".".join(names)[:_LONGEST_PATH]


def _words(message: str) -> str:
    if message in FIXED or _EXPECTED.match(message) or _EMPTY.match(message):
        return message
    if message.startswith("only one type may be given"):
        return "only one type may be given"
    if message.endswith("the two arrays must line up"):
        return "the two arrays must line up"
    if message.endswith("is not a FHIR R4 resource type this build knows"):
        return "is not a FHIR R4 resource type"
    kind = _KIND.search(message)
    return f"is not a valid {kind['kind']}" if kind else "is not valid here"
