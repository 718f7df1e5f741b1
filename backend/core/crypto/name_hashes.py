"""Hashes what senders call things: equal names meet, and a stolen dump tells none of them.

A name can carry a citizen id or a phone, and both can be guessed, so the hash needs a key. The
naming keys form a chain: each hashes what the one before it has made. A new one is laid over stored
hashes without the names, which nobody stores in the clear.
"""

import base64
import hmac
from typing import Final
from uuid import UUID

from backend.core.crypto.keys import Key, naming_keys

BYTES: Final = 24
"""192 of the 256 bits: no two names meet by chance, and 32 letters fit where ids stand."""


def hash_name(facility: UUID, kind: str, name: str) -> str:
    """Hash a facility's own name of a thing: 32 letters. No name stays no name.

    Args:
        facility: whose name it is: the same name elsewhere has another hash.
        kind: of the thing, as in `Observation`.
        name: as the sender wrote it.
    """
    return in_letters(_hash(facility.bytes + f"{kind}\0{name}".encode())) if name else ""


def hash_content(digest: bytes) -> bytes:
    """Hash a digest of content: short or well-known content could be guessed from the digest."""
    return _hash(b"content\0" + digest)


def lay_over(stored: bytes, key: Key) -> bytes:
    """Hash a stored hash with a newer key, as `hash_name` does once that key is in the ring."""
    return hmac.digest(key.naming, stored, "sha256")[:BYTES]


def in_letters(hashed: bytes) -> str:
    return base64.urlsafe_b64encode(hashed).decode()


def from_letters(text: str) -> bytes:
    return base64.urlsafe_b64decode(text)


def _hash(said: bytes) -> bytes:
    for key in naming_keys():
        said = lay_over(said, key)
    return said
