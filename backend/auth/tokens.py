"""The access token: ten minutes, EdDSA, and nothing in it but who and which session."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import jwt

from backend.auth.gate import NotSignedIn
from backend.auth.rules import ACCESS_LIFETIME
from backend.clock import now
from backend.crypto import current_key, keys
from backend.database import new_id
from backend.settings import load_settings

ALGORITHM: Final = "EdDSA"
TYPE: Final = "at+jwt"
USE: Final = "access"
AUDIENCE: Final = "patient-hub"
LONGEST: Final = 4096
REMEMBERED: Final = 10_000
CLAIMS: Final = ["iss", "aud", "sub", "sid", "jti", "iat", "exp", "token_use"]


@dataclass(frozen=True, slots=True)
class Access:
    """What a verified token says."""

    session: UUID
    patient: UUID
    expires_at: float
    key: str = ""
    """Thumbprint of the key it is bound to; empty for a bearer token."""


@dataclass(slots=True)
class _Verified:
    """Tokens whose signature was checked already, the oldest first: a check costs 120 us."""

    tokens: OrderedDict[str, Access] = field(default_factory=OrderedDict)

    def get(self, token: str) -> Access | None:
        access = self.tokens.get(token)
        if access and access.expires_at <= now().timestamp():
            del self.tokens[token]
            return None
        return access

    def put(self, token: str, access: Access) -> None:
        self.tokens[token] = access
        while len(self.tokens) > REMEMBERED:
            self.tokens.popitem(last=False)


_verified = _Verified()


def issue(session: UUID, patient: UUID, bound_to: str = "") -> str:
    key, issued = current_key(), int(now().timestamp())
    claims = {
        "iss": load_settings().public_url,
        "aud": AUDIENCE,
        "sub": str(patient),
        "sid": str(session),
        "jti": str(new_id()),
        "iat": issued,
        "exp": issued + int(ACCESS_LIFETIME.total_seconds()),
        "token_use": USE,
        **({"cnf": {"jkt": bound_to}} if bound_to else {}),
    }
    return jwt.encode(
        claims, key.signing, algorithm=ALGORITHM, headers={"kid": key.name, "typ": TYPE}
    )


def verify(token: str) -> Access:
    """Check everything about a token but whether its session still lives: the gate does that.

    Raises:
        NotSignedIn: not ours, not an access token, changed, or over.
    """
    known = _verified.get(token)
    if known:
        return known
    if len(token) > LONGEST:
        raise NotSignedIn
    try:
        access = _read(token)
    except (jwt.PyJWTError, ValueError) as refused:
        raise NotSignedIn from refused
    _verified.put(token, access)
    return access


def _read(token: str) -> Access:
    header = jwt.get_unverified_header(token)
    key = keys().get(str(header.get("kid")))
    if key is None or header.get("alg") != ALGORITHM or header.get("typ") != TYPE:
        raise NotSignedIn
    claims: dict[str, Any] = jwt.decode(
        token,
        key.signing.public_key(),
        algorithms=[ALGORITHM],
        audience=AUDIENCE,
        issuer=load_settings().public_url,
        options={"require": CLAIMS, "strict_aud": True},
    )
    if claims["token_use"] != USE:
        raise NotSignedIn
    session, patient = _id(claims["sid"]), _id(claims["sub"])
    return Access(session, patient, float(claims["exp"]), _bound_to(claims))


def _bound_to(claims: dict[str, Any]) -> str:
    if "cnf" not in claims:
        return ""
    match claims["cnf"]:
        case {"jkt": str(thumbprint)} if thumbprint:
            return thumbprint
    raise ValueError("bound to something that is no key")


def _id(claim: object) -> UUID:
    """Take an id only as we write it."""
    written = str(claim)
    if str(UUID(written)) != written:
        raise ValueError("not written as the hub writes ids")
    return UUID(written)
