"""Hashes passwords of staff with Argon2id, in a thread, two at a time."""

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's first choice for Argon2id; 19 MiB each keeps a flood of sign-ins within our memory."""

_AT_ONCE = asyncio.Semaphore(2)

_NOBODYS = _HASHER.hash(secrets.token_urlsafe())
"""Checked for unknown names, so that they take as long as known ones."""


def new_password() -> str:
    return secrets.token_urlsafe(18)


async def hashed(password: str) -> str:
    async with _AT_ONCE:
        return await asyncio.to_thread(_HASHER.hash, password)


async def password_fits(password: str, password_hash: str | None) -> bool:
    """Check a password; without a hash the answer is no, after the same work."""
    async with _AT_ONCE:
        right = await asyncio.to_thread(_verify, password, password_hash or _NOBODYS)
    return right and password_hash is not None


def _verify(password: str, password_hash: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
