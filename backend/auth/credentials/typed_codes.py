"""Codes a person types: 20 letters from paper that nobody mistakes for others, or six digits.

The first seven are the handle: they find the row, so that a try can be counted before anything is
compared. The other thirteen are the secret, more than 60 bits, of which only a keyed hash is kept.
"""

import re
import secrets
from dataclasses import dataclass, field
from typing import Annotated, Final
from unicodedata import normalize

from msgspec import Meta

from backend.core.crypto.sealing import lookup_hash, lookup_hashes

LETTERS: Final = "ABCDEFGHJKMNPQRSTUWXYZ34679"
MISTAKEN: Final = str.maketrans("852V", "BSZU")
"""What somebody may read in a bad print instead of a letter of ours, and which one it was."""
HANDLE: Final = 7
SECRET: Final = 13
GROUP: Final = 4
_CODE: Final = re.compile(f"[{LETTERS}]{{{HANDLE + SECRET}}}")
_MARK: Final = (
    r"[\s\-._\u00ad\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
"""What people, keyboards and the clipboard put between and around the letters of a code."""
_BETWEEN: Final = re.compile(_MARK + "+")
_DIGIT: Final = f"[0-9\\uff10-\\uff19]{_MARK}*"
"""Of an Asian keyboard, too."""
SixDigits = Annotated[str, Meta(max_length=60, pattern=f"^{_MARK}*({_DIGIT}){{6}}$")]
"""A code from a text, as people write it: `123456`, `123 456`, `123-456`."""
ThreeDigits = Annotated[str, Meta(max_length=60, pattern=f"^{_MARK}*({_DIGIT}){{3}}$")]


@dataclass(frozen=True, slots=True)
class TypedCode:
    """A code in its two parts."""

    handle: str
    secret: str = field(repr=False)

    @property
    def grouped(self) -> str:
        """Write it for people: `ABCD-EFGH-...`."""
        whole = self.handle + self.secret
        return "-".join(whole[n : n + GROUP] for n in range(0, len(whole), GROUP))


def new_code() -> TypedCode:
    letters = "".join(secrets.choice(LETTERS) for _ in range(HANDLE + SECRET))
    return TypedCode(letters[:HANDLE], letters[HANDLE:])


def read(typed: str) -> TypedCode | None:
    """Read a code in any case, with any spaces and dashes; None when it cannot be one."""
    letters = _BETWEEN.sub("", normalize("NFKC", typed)).upper().translate(MISTAKEN)
    return TypedCode(letters[:HANDLE], letters[HANDLE:]) if _CODE.fullmatch(letters) else None


def digits_of(typed: str) -> str:
    """Give the digits of a code that was typed with spaces or dashes."""
    return _BETWEEN.sub("", normalize("NFKC", typed))


def stored_hash(purpose: str, code: TypedCode) -> bytes:
    """Give what is stored of a code's secret: worthless for another purpose or handle."""
    return lookup_hash(purpose, f"{code.handle}:{code.secret}")


def fits(purpose: str, code: TypedCode | None, stored: bytes | None) -> bool:
    """Compare without telling by time how much was right, or whether there was a row at all."""
    shown = code or new_code()
    expected = stored or secrets.token_bytes(32)
    compared = [
        secrets.compare_digest(one, expected)
        for _, one in lookup_hashes(purpose, f"{shown.handle}:{shown.secret}")
    ]
    return code is not None and any(compared)
