"""Finds the client's address: the network peer, or what one of our own proxies reports."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from litestar.connection import ASGIConnection

from backend.core.settings import load_settings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNIX = "unix"
"""Stands in the list of trusted proxies for a peer that came through a Unix socket."""
MOST_HOPS = 20
"""Further left than this nobody looks: a caller can write as much there as he likes."""
HOUSEHOLD = 64
"""Bits of an IPv6 address that name one household or company."""


def client_address(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Give the network peer, or the right-most untrusted hop if the peer is a proxy of ours.

    `X-Real-IP` and `Forwarded` are never asked: one header that proxies append to is enough.
    """
    client = connection.scope.get("client")
    peer = client[0] if client else ""
    trusted = trusted_proxies(load_settings().trusted_proxies)
    if not trusted:
        return peer
    named = connection.headers.getall("x-forwarded-for", [])
    return behind(peer, ",".join(named), trusted)


def behind(peer: str, forwarded_for: str, trusted: frozenset[Network | str]) -> str:
    """Walk from the peer to the left, past every trusted proxy."""
    last = peer
    hops = [hop.strip() for hop in forwarded_for.rsplit(",", MOST_HOPS)[-MOST_HOPS:]]
    while hops and _is_trusted(last, trusted):
        hop = _read(hops.pop())
        if hop is None:
            break
        last = str(hop)
    return last


@lru_cache(maxsize=4)
def trusted_proxies(text: str) -> frozenset[Network | str]:
    """Read a list of CIDR blocks, single addresses and the word `unix`, joined by commas.

    Raises:
        ValueError: one of them is none of these.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return frozenset(part if part == UNIX else ip_network(part) for part in parts)


def network_of(address: str) -> str:
    """Give the network that counts as one client: an IPv4 address, or a household's IPv6 /64."""
    ip = _read(address)
    if ip is None:
        return "unknown"
    return str(ip_network((ip, HOUSEHOLD), strict=False)) if ip.version != 4 else str(ip)  # noqa: PLR2004  # IPv4


def is_own_proxy(peer: str) -> bool:
    """Say whether a network peer is one of our proxies; a Unix socket has the empty name."""
    return _is_trusted(peer, trusted_proxies(load_settings().trusted_proxies))


def _is_trusted(address: str, trusted: frozenset[Network | str]) -> bool:
    if not address:
        return UNIX in trusted
    ip = _read(address)
    return ip is not None and any(
        ip in network for network in trusted if not isinstance(network, str)
    )


def _read(text: str) -> Address | None:
    """Read an address, with or without a port; one that is IPv4 inside IPv6 is IPv4."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        ip = ip_address(bare)
    except ValueError:
        return None
    if isinstance(ip, IPv6Address):
        return None if ip.scope_id else ip.ipv4_mapped or ip
    return ip
