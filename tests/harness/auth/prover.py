"""An app with a key of its own: it proves it at every request, and again with a nonce if asked."""

import base64
import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from httpx import AsyncClient, Response
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from backend.auth.dpop.proofs import token_hash
from backend.core.clock import now
from backend.core.database import new_id
from tests.conftest import Database
from tests.harness.auth.steps import PHONE, Tokens, code_arrives, phone_of, tokens_of

PUBLIC_URL = "https://hub.test"


class P256:
    """What most phones have in hardware."""

    algorithm = "ES256"

    def __init__(self) -> None:
        self.private: Any = generate_private_key(SECP256R1())
        self.jwk = json.loads(ECAlgorithm.to_jwk(self.private.public_key()))


class Ed25519:
    algorithm = "EdDSA"

    def __init__(self) -> None:
        self.private: Any = Ed25519PrivateKey.generate()
        self.jwk = json.loads(OKPAlgorithm.to_jwk(self.private.public_key()))


class Ed25519ByItsName(Ed25519):
    """The same signature, under the name that RFC 9864 gives it."""

    algorithm = "Ed25519"


jwt.register_algorithm(Ed25519ByItsName.algorithm, OKPAlgorithm())


@dataclass
class Prover:
    """One phone's app."""

    client: AsyncClient
    key: P256 | Ed25519 = field(default_factory=P256)
    nonce: str = ""

    @property
    def thumbprint(self) -> str:
        named = {
            name: self.key.jwk[name] for name in ("crv", "kty", "x", "y") if name in self.key.jwk
        }
        written = json.dumps(named, sort_keys=True, separators=(",", ":"))
        return base64.urlsafe_b64encode(sha256(written.encode()).digest()).decode().rstrip("=")

    def proof(self, method: str, path: str, token: str = "", **other: Any) -> str:
        """Sign a proof; `other` claims take the place of its own, None leaves one out."""
        header = {"typ": "dpop+jwt", "jwk": self.key.jwk} | other.pop("header", {})
        claims = {
            "htm": method, "htu": PUBLIC_URL + path, "iat": int(now().timestamp()),
            "jti": str(new_id()), "ath": token_hash(token) if token else None,
            "nonce": self.nonce or None,
        } | other  # fmt: skip
        said = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(said, self.key.private, algorithm=self.key.algorithm, headers=header)

    async def send(
        self, method: str, path: str, tokens: Tokens | None = None, body: object = None
    ) -> Response:
        """Send a request with a fresh proof, and once more with the nonce if one is asked for."""
        answer = await self.send_once(method, path, tokens, body)
        if answer.status_code == 401 and answer.json()["code"] == "use_dpop_nonce":
            self.nonce = answer.headers["dpop-nonce"]
            answer = await self.send_once(method, path, tokens, body)
            self.nonce = ""
        return answer

    async def send_once(
        self, method: str, path: str, tokens: Tokens | None = None, body: object = None
    ) -> Response:
        token = tokens.access_token if tokens else ""
        proof = self.proof(method, path, token)
        return await self.show(method, path, proof, tokens, body)

    async def show(
        self, method: str, path: str, proof: str, tokens: Tokens | None = None, body: object = None
    ) -> Response:
        """Send a request with this very proof."""
        headers = {"DPoP": proof}
        if tokens:
            headers["Authorization"] = f"DPoP {tokens.access_token}"
        return await self.client.request(method, path, headers=headers, json=body)

    async def sign_in(self, database: Database, number: str) -> Tokens:
        wanted = {"citizenId": number, "phone": await phone_of(number)}
        asked = await self.send("POST", "/v1/sign-in/codes", body=wanted)
        assert asked.status_code == 202, asked.text
        return tokens_of(await self.show_code(database, asked.json()["challengeId"]))

    async def show_code(self, database: Database, challenge: str) -> Response:
        code = await code_arrives(database, UUID(challenge))
        body = {"challengeId": challenge, "code": code, "device": PHONE}
        return await self.send("POST", "/v1/sign-in/sessions", body=body)

    async def refresh(self, tokens: Tokens) -> Response:
        return await self.send(
            "POST", "/v1/sign-in/refresh", body={"refreshToken": tokens.refresh_token}
        )
