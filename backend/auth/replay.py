"""Each DPoP proof once: of readings Redis remembers them, of writes the database does."""

from hashlib import sha256
from typing import Final, cast

from redis.exceptions import RedisError

from backend.auth import nonces
from backend.auth.dpop import InvalidProof, NonceNeeded, Proof
from backend.auth.rules import PROOF_REMEMBERED
from backend.database import fetch_value, new_id
from backend.limits import MILLISECOND
from backend.redis_client import FastStoreAway, redis

READINGS: Final = frozenset({"GET", "HEAD"})
BIRTH: Final = "dpop:birth"

ONCE: Final = """
local birth = redis.call('GET', KEYS[1])
if not birth then
    birth = ARGV[1]
    redis.call('SET', KEYS[1], birth)
end
if tonumber(ARGV[2]) < tonumber(birth) then return 'too old' end
if redis.call('SET', KEYS[2], '', 'NX', 'PX', ARGV[3]) then return 'new' end
return 'used'
"""
"""What is older than this memory may be one of those it has forgotten."""


async def use_up(proof: Proof, method: str) -> None:
    """Let a proof pass once.

    Raises:
        InvalidProof: it was shown before.
        NonceNeeded: nobody can know whether it was; with a nonce made now it certainly was not.
    """
    if method in READINGS:
        await _read_once(proof)
    elif not await _written_once(proof):
        raise InvalidProof


async def _read_once(proof: Proof) -> None:
    try:
        answer = await _ask_redis(proof)
    except (RedisError, OSError, FastStoreAway):
        answer = "new" if proof.with_nonce else "too old"
    if answer == "too old":
        raise NonceNeeded
    if answer != "new":
        raise InvalidProof


async def _ask_redis(proof: Proof) -> str:
    return cast(
        "str",
        await redis().eval(
            ONCE, 2, BIRTH, f"dpop:{_hash(proof).hex()}",
            nonces.now_ms(), proof.made_after, PROOF_REMEMBERED // MILLISECOND,
        ),
    )  # fmt: skip


async def _written_once(proof: Proof) -> bool:
    """Use a proof up before anything is done with it, without waiting for the disk."""
    return bool(
        await fetch_value(
            "WITH soon AS (SELECT set_config('synchronous_commit', 'off', true))"
            " INSERT INTO used_proof (id, hash, expires_at)"
            " SELECT $1, $2, hub_clock() + $3::interval FROM soon"
            " ON CONFLICT (hash) DO NOTHING RETURNING id",
            new_id(), _hash(proof), PROOF_REMEMBERED,
        )
    )  # fmt: skip


def _hash(proof: Proof) -> bytes:
    return sha256(f"{proof.key}\0{proof.id}".encode()).digest()
