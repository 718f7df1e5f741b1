"""Decides whether a change may be made: `If-Match` and `If-None-Match` (RFC 9110, 13; R4 http)."""

import re
from dataclasses import dataclass
from typing import Final

from backend.core.errors import HubError, Issue

ANY: Final = "*"


class PreconditionFailed(HubError):
    """What you made this depend on is not so. Nothing was changed."""

    code = "precondition_failed"
    status = 412


@dataclass(frozen=True, slots=True)
class Preconditions:
    """What a sender says of the stored state that its change may meet."""

    if_match: tuple[str, ...] = ()
    """Tags, one of which the state must have; `*`: there must be one."""
    if_none_match: tuple[str, ...] = ()
    """Tags, none of which the state may have; `*`: there must be none."""


NONE: Final = Preconditions()
_LISTED: Final = re.compile(r'(?:W/)?"[^"]*"|[^,\s]+')
"""A tag in quotes may hold commas; one without quotes is taken as it stands."""


def tags_in(header: str | None) -> tuple[str, ...]:
    """Read a list of tags; `W/` and quotes are left away, as FHIR compares them.

    Args:
        header: the lines of a header, joined by commas; None where there is none. One without a
            tag names none: `If-Match` is then false (RFC 9110, 13.1.1).
    """
    if header is None:
        return ()
    return tuple(map(_tag, _LISTED.findall(header))) or ("",)


def _tag(said: str) -> str:
    """Give a tag as it is compared; `*` in quotes is a tag, and no wildcard."""
    tag = said.removeprefix("W/").strip('"')
    return said if tag == ANY and tag != said else tag


def tag_of(content_hash: bytes) -> str:
    """Give the tag of a state: half of a keyed hash, so no content can be guessed from it."""
    return content_hash[:8].hex()


def check(conditions: Preconditions, tag: str | None, path: str, *, same: bool = False) -> None:
    """Refuse a change whose precondition is false.

    Args:
        conditions: of the change.
        tag: of the stored state; None where there is none.
        path: where the change stands in its message.
        same: whether the stored state is what the change asks for already. Its answer may have
            been lost, so `If-Match` then passes (RFC 9110, 13.1.1).

    Raises:
        PreconditionFailed: it is.
    """
    wanted, unwanted = conditions.if_match, conditions.if_none_match
    if wanted and not same and not (tag is not None and (ANY in wanted or tag in wanted)):
        raise PreconditionFailed(faults=[Issue(path, "ifMatch is not the version that is stored")])
    if unwanted and tag is not None and (ANY in unwanted or tag in unwanted):
        raise PreconditionFailed(faults=[Issue(path, "ifNoneMatch: there is such a version")])
