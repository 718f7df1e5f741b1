"""Tokens that only look like ours: each is good but for one thing."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backend.auth.access import access_tokens
from backend.core.clock import now
from backend.core.crypto.keys import current_key, signing_key
from backend.core.database import new_id
from backend.core.settings import load_settings

SESSION = new_id()


@dataclass(slots=True)
class _Aim:
    session: str


_aim = _Aim(str(SESSION))


@contextmanager
def aimed_at(session: str) -> Iterator[None]:
    """Forge tokens of this session within the block."""
    before, _aim.session = _aim.session, session
    yield
    _aim.session = before


Change = dict[str, Any]


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def claims(**changes: Any) -> Change:
    issued = int(now().timestamp())
    good = {
        "iss": load_settings().public_url, "aud": "patient-hub", "sub": _aim.session,
        "sid": _aim.session, "jti": str(new_id()), "iat": issued, "exp": issued + 600,
        "token_use": "access",
    }  # fmt: skip
    return {key: value for key, value in (good | changes).items() if value is not None}


def signed(header: Change | None = None, **changes: Any) -> str:
    """A token signed with the hub's own key, whatever else is wrong with it."""
    key = signing_key()
    headers = {"kid": key.name, "typ": "at+jwt"} | (header or {})
    return jwt.encode(claims(**changes), key.signing, algorithm="EdDSA", headers=headers)


def without_signature() -> str:
    header = {"alg": "none", "typ": "at+jwt", "kid": signing_key().name}
    return f"{part(header)}.{part(claims())}."


def signed_with_the_public_key_as_a_secret() -> str:
    public = signing_key().signing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    headers = {"kid": signing_key().name, "typ": "at+jwt"}
    return jwt.PyJWS().encode(
        json.dumps(claims()).encode(), public, algorithm="HS256", headers=headers
    )


def signed_by_somebody_else() -> str:
    headers = {"kid": signing_key().name, "typ": "at+jwt"}
    return jwt.encode(claims(), Ed25519PrivateKey.generate(), algorithm="EdDSA", headers=headers)


def with_its_own_key_inside() -> str:
    own = Ed25519PrivateKey.generate()
    raw = own.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    x = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    headers = {
        "kid": signing_key().name, "typ": "at+jwt", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": x}
    }  # fmt: skip
    return jwt.encode(claims(), own, algorithm="EdDSA", headers=headers)


def changed_after_signing() -> str:
    head, _, proof = signed().split(".")
    return f"{head}.{part(claims(sub=str(new_id())))}.{proof}"


FORGED: dict[str, Callable[[], str]] = {
    "alg none": without_signature,
    "HS256 with our public key": signed_with_the_public_key_as_a_secret,
    "another key": signed_by_somebody_else,
    "a key of its own inside": with_its_own_key_inside,
    "changed": changed_after_signing,
    "unknown kid": lambda: signed({"kid": "elsewhere"}),
    "no kid": lambda: signed({"kid": ""}),
    "kid as path": lambda: signed({"kid": "../../etc/passwd"}),
    "typ JWT": lambda: signed({"typ": "JWT"}),
    "typ missing": lambda: signed({"typ": None}),
    "a refresh token by name": lambda: signed(token_use="refresh"),
    "other issuer": lambda: signed(iss="https://elsewhere.test"),
    "other audience": lambda: signed(aud="staff"),
    "a list of audiences": lambda: signed(aud=["patient-hub", "staff"]),
    "over": lambda: signed(exp=int(now().timestamp()) - 1),
    "not yet": lambda: signed(iat=int(now().timestamp()) + 3600),
    "empty sub": lambda: signed(sub=""),
    "sub of another session": lambda: signed(sub=str(new_id())),
    "sid of another session": lambda: signed(sid=str(new_id())),
    "sub with NUL": lambda: signed(sub=f"{_aim.session}\0"),
    "sub in capitals": lambda: signed(sub=_aim.session.upper()),
    "sub in braces": lambda: signed(sub=f"{{{_aim.session}}}"),
    "sid not an id": lambda: signed(sid="me"),
    "sid a number": lambda: signed(sid=7),
    "200 kB": lambda: signed(more="x" * 200_000),
    "empty": lambda: "",
    "dots": lambda: "...",
    "not ASCII": lambda: "ệ.ệ.ệ",
    **{
        f"no {claim}": lambda claim=claim: signed(**{claim: None})  # type: ignore[misc]  # a bound default
        for claim in access_tokens.CLAIMS
    },
}


LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def with_another_spelling(token: str) -> str:
    """The last letter of 64 bytes has four bits that say nothing: base64 reads the same bytes."""
    last = LETTERS.index(token[-1])
    return token[:-1] + LETTERS[last ^ 1]


def in_parts(change: Callable[[str, str, str], str]) -> str:
    head, said, proof = signed().split(".")
    return change(head, said, proof)


def nested(depth: int = 1_400) -> str:
    deep = base64.urlsafe_b64encode(b"[" * depth).decode().rstrip("=")
    return in_parts(lambda _, said, proof: f"{deep}.{said}.{proof}")


def said_twice() -> str:
    key = signing_key()
    twice = json.dumps(claims())[:-1] + f', "sub": "{new_id()}", "token_use": "refresh"}}'
    headers = {"kid": key.name, "typ": "at+jwt"}
    return jwt.PyJWS().encode(twice.encode(), key.signing, algorithm="EdDSA", headers=headers)


MISSPELT: Final[dict[str, Callable[[], str]]] = {
    "padding behind": lambda: signed() + "==",
    "padding in the header": lambda: in_parts(lambda h, c, p: f"{h}=.{c}.{p}"),
    "padding in the claims": lambda: in_parts(lambda h, c, p: f"{h}.{c}=.{p}"),
    "bits that say nothing": lambda: with_another_spelling(signed()),
    "letters outside the alphabet": lambda: in_parts(lambda h, c, p: f"{h}####.{c}.{p}"),
    "a space inside": lambda: in_parts(lambda h, c, p: f"{h}. {c}.{p}"),
    "a line inside": lambda: in_parts(lambda h, c, p: f"{h}.{c}.\n{p}"),
    "a line behind": lambda: signed() + "\n",
    "cut short": lambda: signed()[:-4],
    "without its proof": lambda: in_parts(lambda h, c, _: f"{h}.{c}."),
    "two parts": lambda: in_parts(lambda h, c, _: f"{h}.{c}"),
    "five parts": lambda: signed() + ".a.b",
    "a header nested deeply": nested,
    "a header that is a list": lambda: in_parts(lambda _, c, p: f"{part([1])}.{c}.{p}"),
    "a critical extension": lambda: signed({"crit": ["exp2"], "exp2": 1}),
    "claims that are not encoded": lambda: signed({"crit": ["b64"], "b64": False}),
    "kid a list": lambda: with_header(kid=[signing_key().name]),
    "kid in capitals": lambda: signed({"kid": signing_key().name.upper()}),
    "kid of a data key": lambda: signed({"kid": current_key().name}),
    "exp a text": lambda: signed(exp="9999999999"),
    "exp beyond all": lambda: signed(exp=1e308),
    "a life of a day": lambda: signed(exp=int(now().timestamp()) + 86_400),
    "begun as a text": lambda: signed(iat=str(int(now().timestamp()))),
    "begins later": lambda: signed(nbf=int(now().timestamp()) + 3600),
    "claims said twice": said_twice,
    "an id token": lambda: signed(token_use="id", nonce="n"),
    "sub a number": lambda: signed(sub=1),
    "HS256 with an empty key": lambda: hashed(b""),
    "HS256 with a guess": lambda: hashed(b"secret"),
    "ES256 of nothing": lambda: with_header(alg="ES256", proof=bytes(64)),
}


def with_header(proof: bytes | None = None, **changes: Any) -> str:
    """Our own proof, or another, under a changed header."""
    header = {"alg": "EdDSA", "kid": signing_key().name, "typ": "at+jwt"} | changes
    message = f"{part(header)}.{part(claims())}"
    made = proof if proof is not None else signing_key().signing.sign(message.encode())
    return f"{message}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


def hashed(secret: bytes) -> str:
    header = {"alg": "HS256", "kid": signing_key().name, "typ": "at+jwt"}
    message = f"{part(header)}.{part(claims())}"
    made = hmac.digest(secret, message.encode(), "sha256")
    return f"{message}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


EVERY_FORGERY: Final = FORGED | MISSPELT
