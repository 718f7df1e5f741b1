"""Says in every 401 how one signs in at that door (RFC 9110 11.6.1, RFC 6750 3, RFC 9449 7.1)."""

from dataclasses import dataclass
from typing import Final

from backend.auth.dpop.proofs import ALGORITHMS

OF_PATIENTS: Final = "/v1/"
_REALMS: Final = ((OF_PATIENTS, "patient"), ("/support/", "staff"))
"""By the beginning of the address; every other door is for hospitals."""
HOSPITAL: Final = "hospital"
_INVALID: Final = ', error="invalid_token"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """A request that was answered 401."""

    path: str
    scheme: str
    """Of its one `Authorization`; empty for none."""
    is_judged: bool
    """Whether somebody stands at this door who looks at `Authorization`; at a sign-in nobody."""
    only_bound: bool
    """Whether patients' apps must prove a key of their own."""


def challenge(knock: Knock) -> str:
    """Write `WWW-Authenticate`: each scheme of the door, and that a shown token is not good."""
    realm = next((name for start, name in _REALMS if knock.path.startswith(start)), HOSPITAL)
    named = {"Bearer": f'Bearer realm="{realm}"'}
    if knock.path.startswith(OF_PATIENTS):
        bound = {"DPoP": f'DPoP realm="{realm}", algs="{ALGORITHMS}"'}
        named = bound if knock.only_bound else named | bound
    shown = knock.scheme.lower() if knock.is_judged else ""
    return ", ".join(
        said + (_INVALID if scheme.lower() == shown else "") for scheme, said in named.items()
    )
