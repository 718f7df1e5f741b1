"""Finds the key that an app proves itself with (DPoP, RFC 9449) and that binds its session."""

import hmac
from dataclasses import dataclass
from typing import Any

from litestar import Request

from backend.auth.dpop.proof_limit import count_proof
from backend.auth.dpop.proofs import InvalidProof, Proof, read_proof, token_hash
from backend.auth.dpop.replay import READINGS, use_up
from backend.core.http.client_address import client_address
from backend.core.http.head import method_of
from backend.core.settings import load_settings

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """The RFC 7638 thumbprint of the key that signed this request's proof; empty for none."""

    thumbprint: str = ""


async def device_key(request: AnyRequest) -> DeviceKey:
    """Give the key that a request proves, for routes that need no session.

    Raises:
        InvalidProof: not a good proof, or none where the hub insists on one.
        NonceNeeded: it could be an old one.
        TooOften: too many proofs came from this network in a minute.
    """
    if "dpop" not in request.headers and not load_settings().require_dpop:
        return DeviceKey()
    proof = _proof_of(request)
    method = method_of(request.scope)
    if method not in READINGS:
        count_proof(client_address(request))
    await use_up(proof, method)
    return DeviceKey(proof.key)


async def prove(request: AnyRequest, token: str, key: str) -> None:
    """Check that the request proves the key that its access token is bound to.

    Raises:
        InvalidProof: no proof, another key's, for another token, or shown before.
        NonceNeeded: it could be an old one.
    """
    proof = _proof_of(request)
    same_key = hmac.compare_digest(proof.key, key)
    if not same_key or not hmac.compare_digest(proof.ath.encode(), token_hash(token).encode()):
        raise InvalidProof
    await use_up(proof, method_of(request.scope))


def _proof_of(request: AnyRequest) -> Proof:
    shown = request.headers.getall("dpop", [])
    if len(shown) != 1:
        raise InvalidProof
    path = request.scope["raw_path"].decode("latin-1")
    return read_proof(shown[0], method_of(request.scope), path)
