"""A phone with its own key, which signs a fresh DPoP proof for each request (RFC 9449)."""

import base64
import secrets
from hashlib import sha256
from time import time
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey


class BenchDevice:
    """A phone whose key never leaves it; the server knows the thumbprint."""

    def __init__(self) -> None:
        self._key = ECKey.generate_key("P-256")
        self._header: dict[str, Any] = {
            "typ": "dpop+jwt", "alg": "ES256", "jwk": self._key.as_dict(private=False),
        }  # fmt: skip
        self.thumbprint = self._key.thumbprint()
        self.nonce = ""
        """What the server gave last, if it asks for one."""

    def proof(self, method: str, address: str, access_token: str = "") -> str:
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16), "htm": method, "htu": address, "iat": int(time()),
        }  # fmt: skip
        if access_token:
            digest = sha256(access_token.encode()).digest()
            claims["ath"] = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if self.nonce:
            claims["nonce"] = self.nonce
        return jwt.encode(self._header, claims, self._key)
