"""A code typed in or scanned on another phone: one part finds the row, the rest proves it."""

import secrets
from dataclasses import dataclass, field
from typing import Final

from backend.crypto import lookup_hash, lookup_hashes

LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""None of them is taken for another one. Twelve of 31 letters are 59 bits, behind five tries."""
_HANDLE: Final = 8
_SECRET: Final = 12
_GROUP: Final = 5
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class TypedCode:
    handle: str
    secret: str = field(repr=False)

    def shown(self) -> str:
        """Write it in groups, as people read it out."""
        text = self.handle + self.secret
        return "-".join(text[n : n + _GROUP] for n in range(0, len(text), _GROUP))


def make() -> TypedCode:
    letters = "".join(secrets.choice(LETTERS) for _ in range(_HANDLE + _SECRET))
    return TypedCode(letters[:_HANDLE], letters[_HANDLE:])


def read(typed: str) -> TypedCode | None:
    """Read what somebody typed, in any case and grouping; None when it cannot be a code."""
    letters = "".join(each for each in typed[:_LONGEST].upper() if each not in " -")
    if len(letters) != _HANDLE + _SECRET or not set(letters) <= set(LETTERS):
        return None
    return TypedCode(letters[:_HANDLE], letters[_HANDLE:])


def kept(purpose: str, code: TypedCode) -> bytes:
    """Give what the hub keeps of it: a keyed hash of the part that proves it."""
    return lookup_hash(purpose, f"{code.handle}:{code.secret}")


def fits(purpose: str, code: TypedCode, stored: bytes | None) -> bool:
    """Compare without telling by time how much was right, or whether there was a row at all."""
    expected = stored or secrets.token_bytes(32)
    compared = [
        secrets.compare_digest(each, expected)
        for _, each in lookup_hashes(purpose, f"{code.handle}:{code.secret}")
    ]
    return any(compared)
