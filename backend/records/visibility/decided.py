"""Keeps what rules decided of a set of facts, without the facts: much is said each day."""

from collections.abc import Callable
from hashlib import blake2b
from secrets import token_bytes
from typing import Any, Final, Generic, TypeVar

from msgspec.msgpack import Encoder

MOST: Final = 20_000
"""Decisions that one set of rules keeps at most in a process: some 3 MB. Then it begins anew."""
_BYTES: Final = 16
"""Of a digest: two sets of facts have the same one once in 2**64 sets."""
_ENCODER: Final = Encoder(order="deterministic")
_Decision = TypeVar("_Decision")


class DecidedFacts(Generic[_Decision]):
    """Decisions by a keyed digest of all that decides them.

    No code and no word of a patient is kept, and nobody can find out whether one was: the key is
    made when the process begins, and never leaves it.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._key = token_bytes()
        self._kept: dict[bytes, _Decision] = {}

    def get(self, facts: Any, decide: Callable[[], _Decision]) -> _Decision:
        """Give the decision of these facts; it is made when these are not known."""
        digest = blake2b(_ENCODER.encode(facts), digest_size=_BYTES, key=self._key).digest()
        if digest in self._kept:
            return self._kept[digest]
        decision = decide()
        if len(self._kept) >= self._most:
            self._kept.clear()
        self._kept[digest] = decision
        return decision

    def __len__(self) -> int:
        """Count the decisions that are kept."""
        return len(self._kept)
