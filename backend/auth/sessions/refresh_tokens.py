"""The refresh token: it names its session and generation, and proves that the hub made it.

The hub derives each token, so the next one needs no store. A token proves itself, so a person who
knows only a session's id cannot forge an old token and end the session with it.
"""

import base64
import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from backend.core.crypto.keys import Key, current_key, keys
from backend.core.crypto.sealing import secret_hash

_MARK: Final = "hubrefresh"
_PARTS: Final = 4
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Refresh:
    session: UUID
    generation: int


def make_token(session: UUID, generation: int) -> str:
    proof = _proof(current_key(), session, generation)
    return f"{_MARK}.{session.hex}.{generation}.{proof}"


def made_before(session: UUID, generation: int, kept: bytes) -> str | None:
    """Make the same token again, with the live key that made it; `kept` is its hash."""
    for key in keys().values():
        token = f"{_MARK}.{session.hex}.{generation}.{_proof(key, session, generation)}"
        if hmac.compare_digest(secret_hash(token), kept):
            return token
    return None


def parse_token(token: str) -> Refresh | None:
    """Give the session and generation of a token; None if no live key of the hub made it."""
    parts = token.split(".") if token.isascii() and len(token) <= _LONGEST else []
    if len(parts) != _PARTS or parts[0] != _MARK or not parts[2].isdigit():
        return None
    try:
        named = Refresh(UUID(hex=parts[1]), int(parts[2]))
    except ValueError:
        return None
    compared = [
        hmac.compare_digest(_proof(key, named.session, named.generation), parts[3])
        for key in keys().values()
    ]
    return named if any(compared) else None


def _proof(key: Key, session: UUID, generation: int) -> str:
    made = hmac.new(key.derive("refresh-token"), f"{session}\0{generation}".encode(), sha256)
    return base64.urlsafe_b64encode(made.digest()).decode().rstrip("=")
