"""Decides what a facility is called in texts, and whether its key may use a route: pure rules."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final
from unicodedata import category, normalize

from backend.core.gsm7 import fold, septets


class KeyScope(StrEnum):
    """A right of a facility key. Every route for hospitals names the one that it needs."""

    INTAKE = "intake"
    DELIVERIES = "deliveries"


KEY_LIFETIME = timedelta(days=365)
LONGEST_SHORT_NAME: Final = 20
"""Septets of GSM-7: with a longer name a text would cost two."""
_HOTLINE: Final = re.compile(r"\+?[0-9]{3,14}")
_BETWEEN_DIGITS: Final = re.compile(r"[\s.()\-]+")


class KeyRefusal(StrEnum):
    """The reason why a facility's own key is refused, as the audit row says it."""

    REVOKED = "key_revoked"
    OVER = "key_over"
    ELSEWHERE = "key_elsewhere"
    SCOPE = "key_scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownKey:
    """A key that was sent, with its terms and the address it came from."""

    revoked: bool
    over: bool
    scopes: frozenset[str]
    networks: frozenset[str]
    address: str


def short_name_of(typed: str) -> str | None:
    """Give a short name as people see it; None for one with which a text is no single segment.

    Accents stay for those who can have them: texts are folded when they are written.
    """
    seen = "".join(letter for letter in normalize("NFC", typed) if category(letter) != "Cf")
    name = " ".join(seen.split())
    size = septets(fold(name))
    fits = size is not None and 0 < size <= LONGEST_SHORT_NAME
    return name if fits and len(name) <= LONGEST_SHORT_NAME and name.isprintable() else None


def hotline_of(typed: str) -> str | None:
    """Give the digits to dial, or nothing where nothing is given; None for what nobody can dial."""
    digits = _BETWEEN_DIGITS.sub("", fold(typed))
    return digits if not digits or _HOTLINE.fullmatch(digits) else None


def why_not_open(key: ShownKey, needed: KeyScope | None) -> KeyRefusal | None:
    """Say why the key may not use a route with this scope; nobody may use one without a scope."""
    if key.revoked:
        return KeyRefusal.REVOKED
    if key.over:
        return KeyRefusal.OVER
    if key.networks and not is_within(key.address, key.networks):
        return KeyRefusal.ELSEWHERE
    return None if needed is not None and needed.value in key.scopes else KeyRefusal.SCOPE


def is_within(address: str, networks: Iterable[str]) -> bool:
    """Tell whether the address lies in one of these networks; a malformed address lies in none."""
    try:
        place = ip_address(address)
    except ValueError:
        return False
    if isinstance(place, IPv6Address) and place.ipv4_mapped:
        place = place.ipv4_mapped
    return any(place in ip_network(network) for network in networks)
