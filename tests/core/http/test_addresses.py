"""Who asks is who the network says, unless a proxy of ours says more."""

import pytest
from pydantic import ValidationError

from backend.core.http.client_address import MOST_HOPS, behind, network_of, trusted_proxies
from backend.core.settings import Settings

OURS = trusted_proxies("192.0.2.0/24, 2001:db8:1::/48, 127.0.0.0/8")


@pytest.mark.parametrize(
    ("peer", "header", "who"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # the peer is no proxy of ours
        ("192.0.2.1", "198.51.100.1", "198.51.100.1"),
        ("192.0.2.1", "10.9.9.9, 198.51.100.1", "198.51.100.1"),  # a client's own first hop
        ("192.0.2.1", "198.51.100.1, 192.0.2.7", "198.51.100.1"),  # two proxies of ours
        ("192.0.2.1", "198.51.100.1,192.0.2.7 ,127.0.0.1", "198.51.100.1"),
        ("192.0.2.1", "192.0.2.7, 192.0.2.8", "192.0.2.7"),  # nobody but us
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "unknown", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1, _hidden", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1, 999.1.1.1, 192.0.2.7", "192.0.2.7"),
        ("192.0.2.1", "198.51.100.1:4711", "198.51.100.1"),
        ("192.0.2.1", "[2001:db8:2::7]:443", "2001:db8:2::7"),
        ("192.0.2.1", "2001:db8:2::7", "2001:db8:2::7"),
        ("192.0.2.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("::ffff:192.0.2.1", "198.51.100.1", "198.51.100.1"),
        ("192.0.2.1", "fe80::1%" + "x" * 500, "192.0.2.1"),
        ("2001:db8:1::1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("", "198.51.100.1", ""),  # a Unix socket that nobody named
        ("testclient", "198.51.100.1", "testclient"),
        ("192.0.2.1", "198.51.100.1," * 9999 + "203.0.113.4", "203.0.113.4"),
        ("192.0.2.1", "198.51.100.1," + "192.0.2.7," * MOST_HOPS, "192.0.2.1"),
        ("192.0.2.1", ",,,", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1\x00", "192.0.2.1"),
    ],
)
def test_the_right_most_hop_that_is_not_ours_asks(peer: str, header: str, who: str) -> None:
    assert behind(peer, header, OURS) == who


def test_a_proxy_behind_a_unix_socket_is_believed_when_it_is_named() -> None:
    assert behind("", "198.51.100.1", trusted_proxies("unix")) == "198.51.100.1"
    assert behind("203.0.113.9", "198.51.100.1", trusted_proxies("unix")) == "203.0.113.9"


@pytest.mark.parametrize("wrong", ["10.0.0.1/8", "proxy.internal", "*", "10.0.0.0/33", "1"])
def test_a_hub_does_not_start_with_a_proxy_that_cannot_be(wrong: str) -> None:
    with pytest.raises(ValidationError):
        Settings(trusted_proxies=wrong)  # type: ignore[call-arg]  # the others come from outside


def test_one_household_in_ipv6_is_one_place() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1")
    assert network_of("2001:db8::1") != network_of("2001:db8:0:1::1")
    assert network_of("203.0.113.1") != network_of("203.0.113.2")
    assert network_of("::ffff:203.0.113.1") == "203.0.113.1"
    assert network_of("whatever") == "unknown"
