"""Heads of the audit chain, signed, one a line: what a copy of the database cannot take back.

A head says which hash stood at which place, and when. Every data key of the ring signs it, with an
Ed25519 key (RFC 8032) derived from it, and the line has the public keys. Two data keys live beside
each other for a month, so each head is signed by a key that the head before it names: whoever
knows the first key checks a whole file without the database.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from backend.core.crypto.keys import Key, keys

_WHAT: Final = b"patient-hub/audit-head/1\n"
"""Stands before what is signed, so that a signature for something else is none of a head."""
LONGEST_LINE: Final = 16_384


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the file, as JSON."""

    at: datetime
    place: int
    hash: str
    """In hexadecimal."""
    keys: dict[str, str]
    """The public keys in base64, by the name of their data key."""
    signatures: dict[str, str]
    """In base64, by the name of the key."""


class UnreadableHead(ValueError):
    """The line is no head: torn by a power cut, or written by somebody else."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain at one moment."""

    at: datetime
    place: int
    hash: bytes
    keys: Mapping[str, bytes]
    """The public keys of those who signed it."""
    signatures: Mapping[str, bytes]

    def line(self) -> bytes:
        """Write it as one line, with its end."""
        return msgspec.json.encode(_Line(
            self.at, self.place, self.hash.hex(), _as_text(self.keys), _as_text(self.signatures),
        )) + b"\n"  # fmt: skip

    def is_signed_by(self, trusted: Iterable[bytes]) -> bool:
        """Tell whether all who are named have signed it, and one of them is trusted."""
        said = _said(self.at, self.place, self.hash, self.keys)
        named = self.signatures.keys() == self.keys.keys()
        signed = all(_is_good(self.keys[name], self.signatures[name], said) for name in self.keys)
        return named and signed and not set(self.keys.values()).isdisjoint(trusted)


def sign_head(at: datetime, place: int, chain: bytes) -> Head:
    """Make a head, signed by every data key of the ring."""
    signers = {name: _signer(key) for name, key in keys().items()}
    public = {name: signer.public_key().public_bytes_raw() for name, signer in signers.items()}
    said = _said(at, place, chain, public)
    return Head(at, place, chain, public, {name: by.sign(said) for name, by in signers.items()})


def ring_keys() -> frozenset[bytes]:
    """Give the public keys of the ring, which sign heads now."""
    return frozenset(_signer(key).public_key().public_bytes_raw() for key in keys().values())


def read_head(line: bytes) -> Head:
    """Read one line.

    Raises:
        UnreadableHead: it is none.
    """
    try:
        read = msgspec.json.decode(line, type=_Line)
        return Head(
            read.at, read.place, bytes.fromhex(read.hash), _as_bytes(read.keys),
            _as_bytes(read.signatures),
        )  # fmt: skip
    except (msgspec.MsgspecError, ValueError, binascii.Error) as wrong:
        raise UnreadableHead from wrong


def first_untrusted(heads: Iterable[Head], first: frozenset[bytes]) -> Head | None:
    """Find the first head that no key vouches for which the heads before it have named.

    Args:
        heads: in the order of the file.
        first: the keys that are trusted from the beginning; empty to trust those of the first head.
    """
    trusted = first
    for head in heads:
        if not head.is_signed_by(trusted or head.keys.values()):
            return head
        trusted = frozenset(head.keys.values())
    return None


def first_out_of_order(heads: Iterable[Head]) -> Head | None:
    """Find the first head that stands further back in the chain than the head before it.

    Times may go back: a clock was wrong, and somebody has set it right.
    """
    furthest = 0
    for head in heads:
        if head.place < furthest:
            return head
        furthest = head.place
    return None


def _said(at: datetime, place: int, chain: bytes, public: Mapping[str, bytes]) -> bytes:
    named = sorted(_as_text(public).items())
    return _WHAT + msgspec.json.encode((at, place, chain.hex(), named))


def _signer(key: Key) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(key.derive("audit-head"))


def _is_good(public: bytes, signature: bytes, said: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, said)
    except (InvalidSignature, ValueError):
        return False
    return True


def _as_text(values: Mapping[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(value).decode() for name, value in values.items()}


def _as_bytes(values: Mapping[str, str]) -> dict[str, bytes]:
    return {name: base64.b64decode(text, validate=True) for name, text in values.items()}


def read_heads(lines: Iterable[bytes]) -> Iterator[Head]:
    """Read the lines that are heads, and pass over the others: a later head covers them too."""
    for line in lines:
        if not line.strip() or len(line) > LONGEST_LINE:
            continue
        try:
            yield read_head(line)
        except UnreadableHead:
            continue
