"""Sends HTTP requests to the identity provider: allowed addresses only, with limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import msgspec

from backend.gateways.oidc.verifier import ProviderAway

LARGEST: Final = 256 * 1024
"""Bytes of an answer that are read; a longer one is no answer."""
CONNECT_SECONDS: Final = 5.0
AT_ONCE: Final = 20
OK: Final = 200

Origin = tuple[str, str, int]


def origin_of(url: str) -> Origin:
    """Give scheme, host and port of an address.

    Raises:
        ValueError: it has none.
    """
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in {"http", "https"}:
        raise ValueError("no web address")
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


@dataclass(frozen=True, slots=True)
class ProviderResponse:
    status: int
    content: dict[str, Any]


class Outbound:
    """The HTTP client for one provider. It follows no redirect and asks no other host."""

    def __init__(self, allowed: frozenset[Origin], *, answer_seconds: float) -> None:
        self._allowed = allowed
        self._seconds = answer_seconds
        self._session: aiohttp.ClientSession | None = None

    def may_go_to(self, url: str) -> bool:
        try:
            return origin_of(url) in self._allowed
        except ValueError:
            return False

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> ProviderResponse:
        """Send one request, and read its answer as a JSON object.

        Raises:
            ProviderAway: no answer in time, or none that can be read.
        """
        if not self.may_go_to(url):
            raise ProviderAway("host_not_allowed")
        try:
            async with self._connected().request(
                method,
                url,
                headers={"Accept": "application/json", **(headers or {})},
                data=form,
                skip_auto_headers=[] if form else ["Content-Type"],  # else aiohttp invents one
                allow_redirects=False,
            ) as response:
                return ProviderResponse(response.status, _content(await _read(response)))
        except (aiohttp.ClientError, OSError, TimeoutError) as silent:
            raise ProviderAway(type(silent).__name__) from silent

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=AT_ONCE),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(
                    total=self._seconds, sock_connect=min(self._seconds, CONNECT_SECONDS)
                ),
                auto_decompress=False,
                headers={"Accept-Encoding": "identity"},
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    if 300 <= response.status < 400:  # noqa: PLR2004  # a redirect, whichever
        raise ProviderAway("redirected")
    if "Content-Encoding" in response.headers:
        raise ProviderAway("compressed")
    body = bytearray()
    async for chunk in response.content.iter_chunked(16 * 1024):
        body += chunk
        if len(body) > LARGEST:
            response.close()
            raise ProviderAway("too_large")
    return bytes(body)


def _content(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError, ValueError) as unreadable:
        raise ProviderAway("malformed") from unreadable
