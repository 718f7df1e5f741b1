"""The port to an identity provider, whichever it is."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class OneSignIn:
    """The secrets of one sign-in at the provider: state, nonce and verifier. Used once."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    """Of PKCE: never leaves the hub before the code is exchanged."""


@dataclass(frozen=True, slots=True)
class Returned:
    """The parameters that the app brings back from the provider."""

    code: str = field(repr=False)
    issuer: str | None
    """The `iss` of RFC 9207."""


class AccountLevel(IntEnum):
    ONE = 1
    TWO = 2  # shown in person, with biometrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A verified identity in the hub's own words."""

    issuer: str
    subject: str = field(repr=False)
    citizen_id: str = field(repr=False)
    birth_date: str = field(repr=False)
    """Partial: 1953, 1953-05 or 1953-05-02."""
    is_citizen: bool
    """A person's own account, not one of an enterprise."""
    level: AccountLevel
    assurance: str
    """The level in the provider's words."""
    amr: str
    authenticated_at: datetime | None


class NotProven(Exception):
    """The provider, or what was brought back from it, does not say who this is."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ProviderAway(Exception):
    """The provider did not answer, or not as one does."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@runtime_checkable
class IdentityVerifier(Protocol):
    async def authorization_url(self, one: OneSignIn) -> str:
        """Give the address at which the person signs in at the provider.

        Raises:
            ProviderAway: nobody knows it just now.
        """
        ...

    async def verify(self, returned: Returned, one: OneSignIn) -> Identity:
        """Exchange the callback for a verified identity. No token of the provider is stored.

        Raises:
            NotProven: it says nothing that can be believed.
            ProviderAway: nobody can say just now.
        """
        ...

    async def close(self) -> None: ...
