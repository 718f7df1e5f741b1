"""The keys in use: every process holds the same ring, read from the database.

Master keys come from the settings and seal only the ring. A key of the ring has one purpose, and
each use derives its own secret from it (HKDF, RFC 5869).
"""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backend.core.clock import now
from backend.core.settings import load_key_settings

KEY_BYTES = 32


class NoKeys(RuntimeError):
    """This process has no keys yet: whoever starts it must load the ring first."""


@dataclass(frozen=True)
class Key:
    name: str
    secret: bytes = field(repr=False)

    def derive(self, purpose: str) -> bytes:
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"patient-hub/{purpose}".encode()).derive(
            self.secret
        )

    @cached_property
    def sealing(self) -> AESGCM:
        return AESGCM(self.derive("seal"))

    @cached_property
    def cursors(self) -> AESSIV:
        return AESSIV(self.derive("cursor-mac") + self.derive("cursor"))

    @cached_property
    def lookup(self) -> bytes:
        return self.derive("lookup")

    @cached_property
    def naming(self) -> bytes:
        return self.derive("names")

    @cached_property
    def nonces(self) -> bytes:
        return self.derive("dpop-nonce")

    @cached_property
    def signing(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.derive("access-token"))


@dataclass(frozen=True, slots=True)
class Placed:
    """A key of the ring with its times, by the database's clock."""

    key: Key
    current_from: datetime
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ring:
    """Every live key, the newest first."""

    data: tuple[Placed, ...]
    signing: tuple[Placed, ...]
    naming: tuple[Placed, ...] = ()
    """Keys of `name_hashes`. None of them ends: each hashes what the one before it has hashed."""
    ahead: timedelta = timedelta(0)
    """How far the database's clock is ahead of ours: all processes turn at the same moment."""


@dataclass(slots=True)
class _Held:
    ring: Ring | None = None
    by_name: Mapping[str, Key] = field(default_factory=dict)


_held = _Held()


def use_ring(ring: Ring | None) -> None:
    """Use these keys in this process from now on; with None it has none, as at its start."""
    _held.by_name = {placed.key.name: placed.key for placed in ring.data} if ring else {}
    _held.ring = ring


def keys() -> Mapping[str, Key]:
    """Give every live data key: each opens seals, finds people and proves refresh tokens."""
    _ring()
    return _held.by_name


def has_ring() -> bool:
    return _held.ring is not None


def held_key(name: str) -> Key | None:
    """Give the live key of this name that this process has read before."""
    placed = (*_held.ring.data, *_held.ring.signing) if _held.ring else ()
    return next((entry.key for entry in placed if entry.key.name == name), None)


def current_key() -> Key:
    """Give the data key for new values."""
    ring = _ring()
    return _current(ring.data, ring.ahead)


def signing_key() -> Key:
    """Give the signing key for new access tokens."""
    ring = _ring()
    return _current(ring.signing, ring.ahead)


def verifying_key(name: str) -> Key | None:
    """Give the live signing key of this name, also before and after its time of use."""
    ring = _ring()
    for placed in ring.signing:
        if placed.key.name == name:
            over = placed.ends_at is not None and placed.ends_at <= now() + ring.ahead
            return None if over else placed.key
    return None


def naming_keys() -> list[Key]:
    """Give the keys that names are hashed with, one after the other: the oldest first."""
    if not _ring().naming:
        raise NoKeys
    return [placed.key for placed in reversed(_ring().naming)]


def _ring() -> Ring:
    if _held.ring is None:
        raise NoKeys
    return _held.ring


def _current(placed: tuple[Placed, ...], ahead: timedelta) -> Key:
    """Give the newest key whose time has come; of a single one it always has."""
    at = now() + ahead
    return next((entry.key for entry in placed if entry.current_from <= at), placed[-1].key)


@lru_cache(maxsize=4)
def parse_keys(text: str) -> Mapping[str, Key]:
    """Read `name:key,name:key`; the first one is current.

    Raises:
        ValueError: a name is missing or a key is not 32 bytes in base64url.
    """
    parsed: dict[str, Key] = {}
    for pair in text.split(","):
        name, _, encoded = pair.strip().partition(":")
        secret = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        if not name.isalnum() or len(secret) != KEY_BYTES:
            raise ValueError("HUB_MASTER_KEYS is name:key, the key 32 bytes in base64url")
        parsed[name] = Key(name, secret)
    return parsed


def master_keys() -> Mapping[str, Key]:
    """Give the keys that seal the ring; the first one seals, all of them open."""
    return parse_keys(load_key_settings().master_keys.get_secret_value())


def make_master_key(name: str) -> str:
    secret = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip("=")
    return f"{name}:{secret}"
