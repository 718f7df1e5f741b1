"""Seals what must not be readable in a dump, and makes the keyed hashes it is found by.

One master key per name; every key that works is derived from it (HKDF, RFC 5869), so a purpose
never shares a key with another one.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backend.settings import load_settings

_NONCE = 12
_KEY = 32


class UnreadableSeal(Exception):
    """This was sealed for another place, with an unknown key, or has been changed."""


@dataclass(frozen=True)
class MasterKey:
    name: str
    secret: bytes

    def derive(self, purpose: str) -> bytes:
        return HKDF(SHA256(), _KEY, salt=None, info=f"patient-hub/{purpose}".encode()).derive(
            self.secret
        )

    @cached_property
    def sealing(self) -> AESGCM:
        return AESGCM(self.derive("seal"))

    @cached_property
    def lookup(self) -> bytes:
        return self.derive("lookup")

    @cached_property
    def signing(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.derive("access-token"))


@lru_cache(maxsize=4)
def parse_keys(text: str) -> dict[str, MasterKey]:
    """Read `name:key,name:key`; the first one is current.

    Raises:
        ValueError: a name is missing or a key is not 32 bytes in base64url.
    """
    keys: dict[str, MasterKey] = {}
    for pair in text.split(","):
        name, _, encoded = pair.strip().partition(":")
        secret = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        if not name.isalnum() or len(secret) != _KEY:
            raise ValueError("HUB_MASTER_KEYS is name:key, the key 32 bytes in base64url")
        keys[name] = MasterKey(name, secret)
    return keys


def keys() -> dict[str, MasterKey]:
    return parse_keys(load_settings().master_keys.get_secret_value())


def current_key() -> MasterKey:
    return next(iter(keys().values()))


def make_master_key(name: str) -> str:
    return f"{name}:{base64.urlsafe_b64encode(secrets.token_bytes(_KEY)).decode().rstrip('=')}"


def seal(text: str, *, table: str, column: str, row: UUID) -> bytes:
    """Encrypt with AES-256-GCM, bound to this one place: moved elsewhere it does not open."""
    key = current_key()
    nonce = secrets.token_bytes(_NONCE)
    sealed = key.sealing.encrypt(nonce, text.encode(), _place(table, column, row))
    return bytes([len(key.name)]) + key.name.encode() + nonce + sealed


def unseal(sealed: bytes, *, table: str, column: str, row: UUID) -> str:
    """Open what was sealed for this place.

    Raises:
        UnreadableSeal: another place, an unknown key, or changed bytes.
    """
    body = 1 + sealed[0] if sealed else 0
    key = keys().get(sealed[1:body].decode("ascii", "replace"))
    if key is None:
        raise UnreadableSeal
    nonce, rest = sealed[body : body + _NONCE], sealed[body + _NONCE :]
    try:
        return key.sealing.decrypt(nonce, rest, _place(table, column, row)).decode()
    except InvalidTag as changed:
        raise UnreadableSeal from changed


def _place(table: str, column: str, row: UUID) -> bytes:
    return f"{table}.{column}.{row}".encode()


def lookup_hash(kind: str, value: str, key: MasterKey | None = None) -> bytes:
    """Hash what a person is found by: the same value gives the same 32 bytes, only with the key."""
    return hmac.new((key or current_key()).lookup, f"{kind}\0{value}".encode(), sha256).digest()


def lookup_hashes(kind: str, value: str) -> list[tuple[str, bytes]]:
    """Give one (key name, hash) for every live key, the current one first."""
    return [(key.name, lookup_hash(kind, value, key)) for key in keys().values()]


def secret_hash(secret: str) -> bytes:
    """Hash a secret that is long and random by itself: facility keys, refresh tokens."""
    return sha256(secret.encode()).digest()


def new_secret(size: int = 32) -> str:
    """Make a URL-safe secret of `size` random bytes."""
    return secrets.token_urlsafe(size)
