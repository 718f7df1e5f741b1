"""Nonces for DPoP proofs: a time and its keyed hash, so the hub stores none."""

import base64
import binascii
import hmac
from typing import Final

from backend.auth.rules import NONCE_LIFETIME
from backend.core.clock import now
from backend.core.crypto.keys import Key, current_key, keys

MILLISECONDS: Final = 1000
_TIME: Final = 6
_TAG: Final = 16
_LONGEST: Final = 64


def make_nonce() -> str:
    at = now_ms().to_bytes(_TIME)
    return base64.urlsafe_b64encode(at + _tag(current_key(), at)).decode().rstrip("=")


def made_at(nonce: str) -> int | None:
    """Give the time of a nonce in milliseconds; None if it is not the hub's or is too old."""
    if len(nonce) > _LONGEST or not nonce.isascii():
        return None
    try:
        parts = base64.urlsafe_b64decode(nonce + "=" * (-len(nonce) % 4))
    except (binascii.Error, ValueError):
        return None
    at, tag = parts[:_TIME], parts[_TIME:]
    if not any(hmac.compare_digest(_tag(key, at), tag) for key in keys().values()):
        return None
    made = int.from_bytes(at)
    lifetime = NONCE_LIFETIME.total_seconds() * MILLISECONDS
    return made if abs(now_ms() - made) <= lifetime else None


def now_ms() -> int:
    return int(now().timestamp() * MILLISECONDS)


def _tag(key: Key, at: bytes) -> bytes:
    return hmac.digest(key.nonces, at, "sha256")[:_TAG]
