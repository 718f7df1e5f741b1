"""Reads and checks a DPoP proof (RFC 9449); `replay` finds a proof that was used before."""

import base64
import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

import jwt
import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.algorithms import ECAlgorithm, OKPAlgorithm
from msgspec import UNSET, Meta, Struct, UnsetType

from backend.auth.dpop import nonces
from backend.auth.rules import PROOF_AHEAD, PROOF_LIFETIME
from backend.core.errors import HubError
from backend.core.settings import load_settings

ALGORITHMS: Final = "ES256 Ed25519 EdDSA"
"""`Ed25519` is the exact name (RFC 9864) of what libraries of before call `EdDSA` (RFC 8037)."""
LONGEST: Final = 2048
LATEST: Final = 1 << 48
"""A time beyond this is none."""
REMEMBERED_KEYS: Final = 10_000
DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_URI: Final = re.compile(r"[\x21-\x7e]+")
_ENCODED: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9\-._~]")
_SHA256: Final = ECDSA(SHA256())
_COORDINATE: Final = 32

PublicKey = EllipticCurvePublicKey | Ed25519PublicKey


class InvalidProof(HubError):
    """The DPoP proof is missing, does not fit this request, or was used before."""

    code = "invalid_dpop_proof"
    status = 401

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": _challenge(self.code)})


class NonceNeeded(HubError):
    """Make another DPoP proof, with the nonce of this answer."""

    code = "use_dpop_nonce"
    status = 401

    def __init__(self) -> None:
        super().__init__(
            headers={"WWW-Authenticate": _challenge(self.code), "DPoP-Nonce": nonces.make_nonce()}
        )


@dataclass(frozen=True, slots=True)
class Proof:
    """The content of a verified proof."""

    key: str
    """RFC 7638 thumbprint of the key that signed it."""
    id: str
    ath: str
    """Hash of the access token it goes with; empty for none."""
    made_after: int
    """Milliseconds: the earliest moment at which it can have been made."""
    with_nonce: bool


class _Jwk(Struct):
    kty: Literal["EC", "OKP"]
    crv: Literal["P-256", "Ed25519"]
    x: Annotated[str, Meta(max_length=64)]
    y: Annotated[str, Meta(max_length=64)] = ""
    d: Any = UNSET


class _Header(Struct):
    typ: Literal["dpop+jwt"]
    alg: Literal["ES256", "Ed25519", "EdDSA"]
    jwk: _Jwk
    kid: str | UnsetType = UNSET
    crit: Any = UNSET
    b64: Any = UNSET


class _Claims(Struct):
    htm: str
    htu: str
    iat: Annotated[int, Meta(ge=0, le=LATEST)] | Annotated[float, Meta(ge=0, le=LATEST)]
    jti: Annotated[str, Meta(min_length=1, max_length=128)]
    """How it is made is the app's matter: one that comes twice is refused."""
    ath: str = ""
    nonce: str | UnsetType = UNSET


def read_proof(text: str, method: str, path: str) -> Proof:
    """Check everything about a proof except whether it was used before.

    Raises:
        InvalidProof: not a proof, not for this method and address, or signed with something else.
        NonceNeeded: neither its time nor a nonce shows that it was made just now.
    """
    if len(text) > LONGEST:
        raise InvalidProof
    try:
        key, claims = _verified(text)
        fits = claims.htm == method and _place(claims.htu) == _ours(path)
    except (InvalidSignature, jwt.PyJWTError, msgspec.DecodeError, ValueError) as wrong:
        raise InvalidProof from wrong
    except RecursionError as nested:  # deeper than any header or claim of ours
        raise InvalidProof from nested
    if not fits:
        raise InvalidProof
    with_nonce = isinstance(claims.nonce, str)
    return Proof(key, claims.jti, claims.ath, _made_after(claims), with_nonce)


def token_hash(token: str) -> str:
    """Give the `ath` of an access token."""
    return _base64url(sha256(token.encode()).digest())


def _verified(text: str) -> tuple[str, _Claims]:
    """Read a JWS (RFC 7515) of the two kinds there are here.

    Only its signature is checked: phones' clocks are wrong, what counts about time comes after.
    """
    signed, _, signature = text.rpartition(".")
    head, _, payload = signed.partition(".")
    header = msgspec.json.decode(_bytes(head), type=_Header)
    shown = header.jwk
    if (shown.d, header.crit, header.b64) != (UNSET, UNSET, UNSET):
        raise InvalidProof
    key, thumbprint = _public_key(header.alg, shown.kty, shown.crv, shown.x, shown.y)
    _check_signature(key, _bytes(signature), signed.encode())
    return thumbprint, msgspec.json.decode(_bytes(payload), type=_Claims)


def _check_signature(key: PublicKey, signature: bytes, signed: bytes) -> None:
    """Check an EdDSA signature, or an ES256 one, which is two numbers of 32 bytes (RFC 7518, 3.4).

    Raises:
        InvalidSignature: made with another key, or for something else.
        ValueError: not two numbers.
    """
    if isinstance(key, Ed25519PublicKey):
        key.verify(signature, signed)
        return
    if len(signature) != 2 * _COORDINATE:
        raise ValueError("not two numbers of 32 bytes")
    r, s = int.from_bytes(signature[:_COORDINATE]), int.from_bytes(signature[_COORDINATE:])
    key.verify(encode_dss_signature(r, s), signed, _SHA256)


@lru_cache(maxsize=REMEMBERED_KEYS)
def _public_key(alg: str, kty: str, crv: str, x: str, y: str) -> tuple[PublicKey, str]:
    """Give a key and its thumbprint, which is the same however the key is written."""
    match alg, kty, crv:
        case "ES256", "EC", "P-256":
            point = ECAlgorithm.from_jwk({"kty": kty, "crv": crv, "x": x, "y": y})
            assert isinstance(point, EllipticCurvePublicKey), "there was no `d`"
            at = point.public_numbers()
            written = {"crv": crv, "kty": kty, "x": _number(at.x), "y": _number(at.y)}
            return point, _base64url(sha256(msgspec.json.encode(written)).digest())
        case "Ed25519" | "EdDSA", "OKP", "Ed25519":
            edwards = OKPAlgorithm.from_jwk({"kty": kty, "crv": crv, "x": x})
            assert isinstance(edwards, Ed25519PublicKey), "there was no `d`"
            written = {"crv": crv, "kty": kty, "x": _base64url(edwards.public_bytes_raw())}
            return edwards, _base64url(sha256(msgspec.json.encode(written)).digest())
        case _:
            raise InvalidProof


def _made_after(claims: _Claims) -> int:
    """Say since when a proof can exist: by its nonce, or by its own time and what clocks differ."""
    if isinstance(claims.nonce, str):
        made = nonces.made_at(claims.nonce)
        if made is None:
            raise NonceNeeded
        return made
    age = nonces.now_ms() / nonces.MILLISECONDS - claims.iat
    if not -PROOF_AHEAD.total_seconds() <= age <= PROOF_LIFETIME.total_seconds():
        raise NonceNeeded
    return int((claims.iat - PROOF_AHEAD.total_seconds()) * nonces.MILLISECONDS)


def _ours(path: str) -> tuple[str, str, int | None, str]:
    """Give the address of a request; its path is as it came, in the one spelling that is taken."""
    return _place(load_settings().public_url.rstrip("/") + path)


@lru_cache(maxsize=1000)
def _place(address: str) -> tuple[str, str, int | None, str]:
    """Normalise an address as RFC 9449 (4.3) asks: by syntax and scheme (RFC 3986, 6.2.2, 6.2.3).

    Query and fragment say nothing here. `%2F` is no slash, and `/a/` is not `/a`.

    Raises:
        ValueError: not an address, or one of a user.
    """
    if not _URI.fullmatch(address):
        raise ValueError("a letter stands in no address")
    parts = urlsplit(address)
    if parts.username is not None:
        raise ValueError("an address of the hub names no user")
    port = DEFAULT_PORTS.get(parts.scheme) if parts.port is None else parts.port
    host = _without_needless(parts.hostname or "").lower()
    return parts.scheme, host, port, _without_dots(_without_needless(parts.path))


def _without_needless(text: str) -> str:
    """Decode what needs no encoding; write the rest of the encoded in capitals."""
    return _ENCODED.sub(
        lambda found: letter if _UNRESERVED.fullmatch(letter := chr(int(found[1], 16)))
        else found[0].upper(), text,
    )  # fmt: skip


def _without_dots(path: str) -> str:
    """Go the `.` and `..` of a path (RFC 3986, 5.2.4)."""
    kept, segments = list[str](), path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def _number(coordinate: int) -> str:
    return _base64url(coordinate.to_bytes(32))


def _bytes(base64url: str) -> bytes:
    """Take one spelling only: what decodes would skip, and bits that say nothing, are refused."""
    raw = base64.urlsafe_b64decode(base64url + "=" * (-len(base64url) % 4))
    if _base64url(raw) != base64url:
        raise ValueError("not written as base64url")
    return raw


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _challenge(error: str) -> str:
    return f'DPoP error="{error}", algs="{ALGORITHMS}"'
