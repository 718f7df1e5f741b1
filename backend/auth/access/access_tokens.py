"""Issues and verifies access tokens: EdDSA, ten minutes, with the session only."""

import base64
import re
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import jwt

from backend.auth.access.gate import NotSignedIn
from backend.auth.rules import ACCESS_LIFETIME
from backend.core.clock import now
from backend.core.crypto.key_ring import catch_up
from backend.core.crypto.keys import signing_key, verifying_key
from backend.core.database import new_id
from backend.core.settings import load_settings

ALGORITHM: Final = "EdDSA"
TYPE: Final = "at+jwt"
USE: Final = "access"
AUDIENCE: Final = "patient-hub"
LONGEST: Final = 4096
REMEMBERED: Final = 10_000
SHAPE: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
CLAIMS: Final = ["iss", "aud", "sub", "sid", "jti", "iat", "exp", "token_use"]


@dataclass(frozen=True, slots=True)
class Access:
    """The content of a verified token."""

    session: UUID
    expires_at: float
    key: str
    """Who signed it: it is good for no longer than that key."""
    bound_to: str = ""
    """Thumbprint of the key it is bound to; empty for a bearer token."""


class UnknownSigningKey(NotSignedIn):
    """Sign in, then try again."""


@dataclass(slots=True)
class _Verified:
    """Tokens whose signature was checked already, the oldest first: a check costs 120 us."""

    tokens: OrderedDict[str, Access] = field(default_factory=OrderedDict)

    def get(self, token: str) -> Access | None:
        access = self.tokens.get(token)
        if access is None or _still_good(access):
            return access
        del self.tokens[token]
        return None

    def put(self, token: str, access: Access) -> None:
        self.tokens[token] = access
        while len(self.tokens) > REMEMBERED:
            self.tokens.popitem(last=False)


_verified = _Verified()


def _still_good(access: Access) -> bool:
    return access.expires_at > now().timestamp() and verifying_key(access.key) is not None


def issue(session: UUID, bound_to: str = "") -> str:
    key, issued = signing_key(), int(now().timestamp())
    claims = {
        "iss": load_settings().public_url,
        "aud": AUDIENCE,
        "sub": str(session),
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


async def verified(token: str) -> Access:
    """Verify a token; if its signing key is unknown, the ring is read again once.

    Raises:
        NotSignedIn: as `verify` says.
    """
    try:
        return verify(token)
    except UnknownSigningKey:
        await catch_up()
    return verify(token)


def verify(token: str) -> Access:
    """Check everything about a token except its session, which the gate checks.

    Raises:
        UnknownKey: signed with a key that is not in this process's ring.
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
    _check_spelling(token)
    header = _header(token)
    name = str(header.get("kid"))
    if header.get("alg") != ALGORITHM or header.get("typ") != TYPE:
        raise NotSignedIn
    key = verifying_key(name)
    if key is None:
        raise UnknownSigningKey
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
    session = _id(claims["sid"])
    if _id(claims["sub"]) != session:
        raise NotSignedIn
    return Access(session, _end(claims), name, _bound_to(claims))


def _end(claims: dict[str, Any]) -> float:
    """Take times only as we write them, and no life longer than we give."""
    begun, over = claims["iat"], claims["exp"]
    if type(begun) is not int or type(over) is not int:
        raise ValueError("not written as the hub writes times")
    if over - begun > ACCESS_LIFETIME.total_seconds():
        raise ValueError("lives longer than the hub lets a token live")
    return float(over)


def _check_spelling(token: str) -> None:
    """Take one spelling only: base64 would forgive padding, and bits that say nothing."""
    if not SHAPE.fullmatch(token):
        raise ValueError("not three parts of base64url")
    proof = token.rpartition(".")[2]
    said = base64.urlsafe_b64decode(proof + "=" * (-len(proof) % 4))
    if base64.urlsafe_b64encode(said).decode().rstrip("=") != proof:
        raise ValueError("not written as the hub writes signatures")


def _header(token: str) -> dict[str, Any]:
    try:
        return jwt.get_unverified_header(token)
    except RecursionError as nested:
        raise ValueError("nested too deeply to be a header") from nested


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
