"""Seals values, so that a dump cannot be read, and makes the keyed hashes for look-ups."""

import hmac
import secrets
from collections.abc import Mapping
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag

from backend.core.crypto.keys import Key, current_key, keys, master_keys

_NONCE = 12


class UnreadableSeal(Exception):
    """This was sealed for another place, with an unknown key, or has been changed."""


def seal(text: str, *, table: str, column: str, row: UUID) -> bytes:
    """Encrypt a value with AES-256-GCM, bound to one table, column and row."""
    return seal_bytes(text.encode(), place_of(table, column, row))


def unseal(sealed: bytes, *, table: str, column: str, row: UUID) -> str:
    """Open a value that was sealed for this place.

    Raises:
        UnreadableSeal: another place, an unknown key, or changed bytes.
    """
    return unseal_bytes(sealed, place_of(table, column, row)).decode()


def seal_bytes(plain: bytes, place: str) -> bytes:
    """Encrypt bytes with AES-256-GCM, bound to a place: `place_of`, or another name of it."""
    return _sealed(current_key(), plain, place.encode())


def unseal_bytes(sealed: bytes, place: str) -> bytes:
    """Open bytes that were sealed for this place.

    Raises:
        UnreadableSeal: another place, an unknown key, or changed bytes.
    """
    return _opened(keys(), sealed, place.encode())


def place_of(table: str, column: str, row: object) -> str:
    """Name the place of a value; `row` is the row's id, or what else the seal is bound to."""
    return f"{table}.{column}.{row}"


def seal_cursor(place: bytes, purpose: str) -> bytes:
    """Encrypt a position in a list with AES-SIV (RFC 5297): the same position, the same cursor."""
    key = current_key()
    return seal_mark(key) + key.cursors.encrypt(place, [purpose.encode()])


def unseal_cursor(sealed: bytes, purpose: str) -> bytes | None:
    """Open a cursor of this purpose; None if no live key made it.

    Raises:
        UnreadableSeal: another purpose, or changed bytes.
    """
    body = 1 + sealed[0] if sealed else 0
    key = keys().get(sealed[1:body].decode("ascii", "replace"))
    if key is None:
        return None
    try:
        return key.cursors.decrypt(sealed[body:], [purpose.encode()])
    except (InvalidTag, ValueError) as changed:
        raise UnreadableSeal from changed


def seal_key(secret: bytes, row: UUID) -> bytes:
    """Seal a key of the ring with the first master key."""
    return _sealed(next(iter(master_keys().values())), secret, _key_place(row))


def unseal_key(sealed: bytes, row: UUID) -> bytes:
    """Open a key of the ring.

    Raises:
        UnreadableSeal: no master key of ours sealed it.
    """
    return _opened(master_keys(), sealed, _key_place(row))


def seal_mark(key: Key) -> bytes:
    """Give the prefix of all values that this key has sealed."""
    return bytes([len(key.name)]) + key.name.encode()


def _sealed(key: Key, plain: bytes, place: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return seal_mark(key) + nonce + key.sealing.encrypt(nonce, plain, place)


def _opened(known: Mapping[str, Key], sealed: bytes, place: bytes) -> bytes:
    body = 1 + sealed[0] if sealed else 0
    key = known.get(sealed[1:body].decode("ascii", "replace"))
    if key is None:
        raise UnreadableSeal
    nonce, rest = sealed[body : body + _NONCE], sealed[body + _NONCE :]
    try:
        return key.sealing.decrypt(nonce, rest, place)
    except (InvalidTag, ValueError) as changed:
        raise UnreadableSeal from changed


def _key_place(row: UUID) -> bytes:
    return place_of("hub_key", "secret", row).encode()


def lookup_hash(kind: str, value: str, key: Key | None = None) -> bytes:
    """Hash a look-up value with the key: the same value gives the same 32 bytes."""
    return hmac.new((key or current_key()).lookup, f"{kind}\0{value}".encode(), sha256).digest()


def lookup_hashes(kind: str, value: str) -> list[tuple[str, bytes]]:
    """Give one (key name, hash) for every live key, the current one first."""
    current = current_key()
    return [
        (key.name, lookup_hash(kind, value, key))
        for key in sorted(keys().values(), key=lambda candidate: candidate is not current)
    ]


def secret_hash(secret: str) -> bytes:
    """Hash a long random secret: a facility key or a refresh token."""
    return sha256(secret.encode()).digest()


def new_secret(size: int = 32) -> str:
    """Make a URL-safe secret of `size` random bytes."""
    return secrets.token_urlsafe(size)
