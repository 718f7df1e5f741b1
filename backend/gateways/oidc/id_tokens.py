"""Reads an ID token and checks its signature, audience, time and nonce."""

from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from backend.core.clock import now
from backend.gateways.oidc.jwks import ALGORITHMS, ProviderKeys
from backend.gateways.oidc.verifier import NotProven

SKEW_SECONDS: Final = 60
OLDEST_SECONDS: Final = 600
"""It was asked for a moment ago: an older one is of another sign-in."""
_LONGEST: Final = 16 * 1024
_LONGEST_SUBJECT: Final = 255


async def read_id_token(
    token: str, keys: ProviderKeys, *, issuer: str, client_id: str, nonce: str
) -> dict[str, Any]:
    """Give the claims of a valid ID token.

    Raises:
        NotProven: it cannot.
        ProviderAway: the provider's keys cannot be had.
    """
    algorithm, header = _header(token)
    key = await keys.key_for(header)
    at = int(now().timestamp())
    wanted = JWTClaimsRegistry(
        now=at,
        leeway=SKEW_SECONDS,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        nonce={"essential": True, "value": nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        claims = jwt.decode(token, key, algorithms=[algorithm]).claims
        wanted.validate(claims)
    except (JoseError, ValueError, TypeError) as unbelievable:
        raise NotProven(_short(unbelievable)) from unbelievable
    _check_the_rest(claims, client_id, nonce, at)
    return claims


def _header(token: str) -> tuple[str, dict[str, Any]]:
    if len(token) > _LONGEST or not token.isascii():
        raise NotProven("no_token")
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError) as unreadable:
        raise NotProven("no_token") from unreadable
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise NotProven("algorithm")
    if not isinstance(header.get("kid", ""), str):
        raise NotProven("unknown_key")
    return str(algorithm), header


def _check_the_rest(claims: dict[str, Any], client_id: str, nonce: str, at: int) -> None:
    """Check what OpenID Connect asks beyond RFC 7519: the party it was made for, and its age."""
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else client_id) != client_id:
        raise NotProven("azp")
    if at - claims["iat"] > OLDEST_SECONDS:
        raise NotProven("old")
    if claims["nonce"] != nonce:
        raise NotProven("nonce")  # a list that contains it would have passed so far
    if not 0 < len(claims["sub"]) <= _LONGEST_SUBJECT:
        raise NotProven("sub")


def _short(error: Exception) -> str:
    return str(getattr(error, "claim", "") or getattr(error, "error", "") or type(error).__name__)
