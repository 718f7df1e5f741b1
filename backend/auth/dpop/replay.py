"""Accepts each DPoP proof once: Redis remembers those of reads, the database those of writes."""

import asyncio
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, cast

from redis.exceptions import RedisError

from backend.auth.dpop import nonces
from backend.auth.dpop.proofs import InvalidProof, NonceNeeded, Proof
from backend.auth.rules import PROOF_REMEMBERED
from backend.core.database import fetch_value, new_id
from backend.core.http.rate_limits import MILLISECOND
from backend.core.redis import FastStoreAway, redis

READINGS: Final = frozenset({"GET", "HEAD"})
BIRTH: Final = "dpop:birth"

ONCE: Final = """
local birth = redis.call('GET', KEYS[1])
if not birth then
    birth = ARGV[1]
    redis.call('SET', KEYS[1], birth)
end
local answers = {}
for i = 2, #KEYS do
    if tonumber(ARGV[i + 1]) < tonumber(birth) then answers[i - 1] = 'too old'
    elseif redis.call('SET', KEYS[i], '', 'NX', 'PX', ARGV[2]) then answers[i - 1] = 'new'
    else answers[i - 1] = 'used' end
end
return answers
"""
"""What is older than this memory may be one of those it has forgotten."""


async def use_up(proof: Proof, method: str) -> None:
    """Accept a proof once.

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
    loop = asyncio.get_running_loop()
    if loop not in _asking:
        _asking[loop] = _Asking(loop)
    return await _asking[loop].answer_for(proof)


class _Asking:
    """Asks Redis one question at a time: proofs that come meanwhile are in the next one, together.

    It lasts as long as there is something to ask.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[tuple[Proof, asyncio.Future[str]]] = []
        self._task = loop.create_task(self._ask())

    async def answer_for(self, proof: Proof) -> str:
        """Wait for the answer; who hangs up takes nobody along."""
        answer: asyncio.Future[str] = self._loop.create_future()
        self._waiting.append((proof, answer))
        return await answer

    async def _ask(self) -> None:
        asked: list[tuple[Proof, asyncio.Future[str]]] = []
        try:
            while self._waiting:
                asked, self._waiting = self._waiting, []
                await _answer(asked)
        finally:
            del _asking[self._loop]
            for _, answer in asked + self._waiting:
                answer.cancel()  # nothing, where it was answered


async def _answer(asked: Sequence[tuple[Proof, asyncio.Future[str]]]) -> None:
    try:
        answers = await _in_one_question([proof for proof, _ in asked])
    except (RedisError, OSError, FastStoreAway) as away:
        for _, answer in asked:
            if not answer.done():
                answer.set_exception(away)
        return
    for (_, answer), said in zip(asked, answers, strict=True):
        if not answer.done():
            answer.set_result(said)


async def _in_one_question(proofs: Sequence[Proof]) -> list[str]:
    keys = [BIRTH, *(f"dpop:{_hash(proof).hex()}" for proof in proofs)]
    made_after = [proof.made_after for proof in proofs]
    lifetime = PROOF_REMEMBERED // MILLISECOND
    asked = redis().eval(ONCE, len(keys), *keys, nonces.now_ms(), lifetime, *made_after)
    return cast("list[str]", await asked)


_asking: dict[asyncio.AbstractEventLoop, _Asking] = {}
"""Who asks for this event loop just now."""


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
