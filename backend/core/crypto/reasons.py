"""Seals the reason that staff give for an act, with a digest that the chain of acts can cover.

The chain must hold although a new key seals the reason anew, and must tell nothing of a reason that
can be guessed. So it covers a digest over a random salt and the text; the salt is sealed with it.
"""

import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from backend.core.crypto.sealing import UnreadableSeal, place_of, seal_bytes, unseal_bytes

SALT_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason with its salt. The same one stands in every act of one case."""

    salted: bytes
    """16 random bytes, then the text in UTF-8."""

    @property
    def text(self) -> str:
        return self.salted[SALT_BYTES:].decode()

    @property
    def digest(self) -> bytes:
        """Give the SHA-256 of salt and text: what the chain covers, and what the seal is bound to.

        A sealed reason fits every row with its digest, and no other.
        """
        return sha256(self.salted).digest()

    def sealed(self) -> bytes:
        return seal_bytes(self.salted, place_of_reason(self.digest))


def reason(text: str) -> Reason | None:
    """Salt a text, if there is one. The same text twice has two digests."""
    return salted_reason(text) if text else None


def salted_reason(text: str) -> Reason:
    return Reason(secrets.token_bytes(SALT_BYTES) + text.encode())


def open_reason(sealed: bytes, digest: bytes) -> Reason:
    """Open a sealed reason.

    Raises:
        UnreadableSeal: it is not the one with this digest, or no live key sealed it.
    """
    opened = Reason(unseal_bytes(sealed, place_of_reason(digest)))
    if opened.digest != digest:
        raise UnreadableSeal
    return opened


def text_of(sealed: bytes | None, digest: bytes | None) -> str:
    """Give the text of a reason; nothing where none was given, so that neither is stored.

    Raises:
        UnreadableSeal: as `open_reason`.
    """
    if sealed is None and digest is None:
        return ""
    return open_reason(sealed or b"", digest or b"").text


def place_of_reason(digest: bytes) -> str:
    return place_of("audit_event", "why", digest.hex())
