"""Google's side of a service account: the key file, and access tokens for signed assertions."""

import hashlib
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from backend.core.clock import now
from backend.sandbox.provider.forms import fields_of, json_answer

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GOOGLES_AUDIENCE = "https://oauth2.googleapis.com/token"
"""What google-auth always writes into an assertion, wherever it sends it."""
LIFETIME = timedelta(hours=1)


class InvalidGrant(Exception):
    """The assertion was not signed by this service account, or has expired."""


class ServiceAccount:
    def __init__(self, project: str, key: rsa.RSAPrivateKey) -> None:
        self.project = project
        self.email = f"hub@{project}.iam.gserviceaccount.com"
        self._public_key = key.public_key()
        self._pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self._token_key = hashlib.sha256(self._pem).digest()

    def write(self, path: Path, base_url: str) -> None:
        """Write the file that `firebase_admin.credentials.Certificate` reads, atomically."""
        written = path.with_name(f"{path.name}.new")
        written.touch(mode=0o600)
        written.write_text(json.dumps(self._told(base_url), indent=2))
        os.replace(written, path)  # noqa: PTH105  # the same thing, and it says what it does

    def access_token(self, assertion: str) -> str:
        """Give a token for an assertion this account has signed, or raise InvalidGrant."""
        try:
            jwt.decode(
                assertion,
                self._public_key,
                algorithms=["RS256"],
                audience=GOOGLES_AUDIENCE,
                issuer=self.email,
                leeway=60,
                options={"require": ["exp", "iat", "scope"]},
            )
        except jwt.InvalidTokenError as refused:
            raise InvalidGrant from refused
        return jwt.encode({"exp": now() + LIFETIME, "sub": self.email}, self._token_key)

    def admits(self, access_token: str) -> bool:
        """Tell whether the account issued the token, also before a restart with its key file."""
        try:
            jwt.decode(access_token, self._token_key, algorithms=["HS256"], subject=self.email)
        except jwt.InvalidTokenError:
            return False
        return True

    def _told(self, base_url: str) -> dict[str, Any]:
        return {
            "type": "service_account",
            "project_id": self.project,
            "private_key_id": hashlib.sha256(self._pem).hexdigest()[:40],
            "private_key": self._pem.decode(),
            "client_email": self.email,
            "client_id": "100000000000000000000",
            "token_uri": f"{base_url}/token",
        }


def service_account(project: str, path: Path | None = None) -> ServiceAccount:
    """Make a service account, with the key that an earlier sandbox left in that file."""
    if path is not None and path.exists():
        pem = json.loads(path.read_text())["private_key"].encode()
        key = serialization.load_pem_private_key(pem, password=None)
        if isinstance(key, rsa.RSAPrivateKey):
            return ServiceAccount(project, key)
    return ServiceAccount(project, rsa.generate_private_key(public_exponent=65537, key_size=2048))


async def give_token(request: web.Request, account: ServiceAccount) -> web.Response:
    fields = fields_of(await request.read())
    if fields.get("grant_type") != GRANT:
        return json_answer({"error": "unsupported_grant_type"}, 400)
    try:
        token = account.access_token(fields.get("assertion", ""))
    except InvalidGrant:
        refused = {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        return json_answer(refused, 400)
    granted = {
        "access_token": token,
        "expires_in": int(LIFETIME.total_seconds()),
        "token_type": "Bearer",
    }
    return json_answer(granted)
