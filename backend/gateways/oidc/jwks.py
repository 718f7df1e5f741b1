"""Caches the provider's keys; an unknown key id causes a new fetch, but not too often."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

from backend.core.clock import now
from backend.gateways.oidc.cache import Cache
from backend.gateways.oidc.verifier import NotProven, ProviderAway

ALGORITHMS: Final = ("RS256", "ES256", "PS256")
BETWEEN_LOOKS: Final = timedelta(minutes=1)
SHORTEST_RSA: Final = 2048

Header = Mapping[str, Any]
FetchKeys = Callable[[], Awaitable[dict[str, Any]]]


class ProviderKeys:
    def __init__(self, fetch: FetchKeys) -> None:
        self._fetch = fetch
        self._kept = Cache(self._fetch_keys)
        self._looked_again: datetime | None = None

    async def key_for(self, header: Header) -> Key:
        """Give the provider's key that the token names.

        Raises:
            NotProven: the provider has no such key.
            ProviderAway: its keys cannot be had.
        """
        found = _the_one(await self._kept.get(), header)
        if found is None and (self._kept.in_flight or self._may_look_again()):
            found = _the_one(await self._kept.fetch_anew(), header)
        if found is None:
            raise NotProven("unknown_key")
        return found

    def _may_look_again(self) -> bool:
        if self._looked_again is not None and now() - self._looked_again < BETWEEN_LOOKS:
            return False
        self._looked_again = now()
        return True

    async def _fetch_keys(self) -> KeySet:
        content = await self._fetch()
        try:
            return KeySet.import_key_set(content)  # type: ignore[arg-type]  # whatever came
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as unreadable:
            raise ProviderAway("malformed_keys") from unreadable

    async def close(self) -> None:
        await self._kept.close()


def _the_one(keys: KeySet, header: Header) -> Key | None:
    """Pick by `kid`; without one only a key that has no rival will do."""
    kid = header.get("kid")
    fitting = [key for key in keys if _fits(key, str(header["alg"])) and kid in {None, key.kid}]
    return fitting[0] if len(fitting) == 1 else None


def _fits(key: Key, algorithm: str) -> bool:
    if key.get("use", "sig") != "sig" or key.get("alg", algorithm) != algorithm:
        return False
    if isinstance(key, RSAKey):
        return algorithm in {"RS256", "PS256"} and key.public_key.key_size >= SHORTEST_RSA
    return isinstance(key, ECKey) and algorithm == "ES256" and key.curve_name == "P-256"
