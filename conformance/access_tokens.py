"""Shows every forged token of the outside sets to every patient's endpoint of a real API.

The attacks are built with the hub's own key; the Wycheproof signatures are taken as they are.
Exits 1 when anything but a refusal is answered, or when the control, a good token, is refused.

python -m conformance.access_tokens [FOLDER]      (../shared/data/fuzz/jwt unless told)
"""

import asyncio
import importlib.util
import json
import sys
from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, Final

import aiohttp
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from litestar.enums import HttpMethod
from typer import echo

from backend.api.app import create_app
from backend.api.request_bodies import kind_for
from backend.auth.access import access_tokens
from backend.auth.access.gate import NotSignedIn
from backend.auth.access.guards import signed_in
from backend.core.crypto.keys import signing_key
from backend.notifications.inbox.sse import MEDIA_TYPE
from backend.sandbox.demo.engines import Engines, engines
from conformance.callers import Endpoint, every_endpoint, make_callers
from conformance.json_bodies import api, prepared
from conformance.material import end_with, folder_told

AT_ONCE: Final = 8
TOO_LONG: Final = 8_000
"""What does not fit into a header line is refused before any guard: 400, not 401."""


class Aimed:
    """Stands for `jwt` inside the attacks, so that they carry the type our tokens have.

    Without it each of them would be refused for its type alone, and prove nothing.
    """

    @staticmethod
    def encode(claims: Any, key: Any, algorithm: str, headers: Mapping[str, Any]) -> str:
        return jwt.encode(claims, key, algorithm, headers={"typ": access_tokens.TYPE, **headers})


def attacks(folder: Path, good: str) -> dict[str, tuple[str, str]]:
    """Give name -> (token, what is expected), aimed at our key and at a session that lives."""
    key, made = signing_key(), _module(folder / "make_jwt_attacks.py")
    encoded = made.b
    made.__dict__["jwt"] = Aimed
    made.__dict__["b"] = lambda part: encoded(_with_our_type(part))
    claims = jwt.decode(good, options={"verify_signature": False})
    public = key.signing.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    ours = made.build(public, key.signing, claims, alg=access_tokens.ALGORITHM, kid=key.name)
    foreign = generate_private_key(65537, 2048)
    theirs = made.build(public, foreign, claims, kid=key.name, other_priv=foreign)
    return {each["name"]: (each["token"], each["expect"]) for each in ours} | {
        f"RS256: {each['name']}": (each["token"], "reject") for each in theirs
    }


def signatures(folder: Path) -> dict[str, tuple[str, str]]:
    """Give every invalid signature of Wycheproof."""
    groups = json.loads((folder / "json_web_signature_test.json").read_text())["testGroups"]
    return {
        f"Wycheproof {each['tcId']}": (each["jws"], "reject")
        for group in groups
        for each in group["tests"]
        if each["result"] == "invalid"
    }


def _module(path: Path) -> ModuleType:
    described = importlib.util.spec_from_file_location(path.stem, path)
    assert described, "a file that is there"
    assert described.loader, "the same"
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


def _with_our_type(part: Any) -> Any:
    return {**part, "typ": access_tokens.TYPE} if isinstance(part, dict) and "typ" in part else part


async def check(folder: Path, running: Engines) -> list[str]:
    """Give what is wrong; nothing, when all that is forged is refused at every endpoint."""
    owner = await prepared(running)
    try:
        callers = await make_callers(owner)
        thrown = attacks(folder, callers.patient_token) | signatures(folder)
        endpoints = [each for each in every_endpoint(create_app()) if each.guard is signed_in]
        async with api() as url:
            return _unsent(thrown) + await _throw(thrown, endpoints, url)
    finally:
        await owner.close()


def _can_be_sent(token: str) -> bool:
    return token.isascii() and token.isprintable()


def _unsent(thrown: dict[str, tuple[str, str]]) -> list[str]:
    """Ask the verifier itself about what no HTTP client puts into a header."""
    wrong = []
    for name, (token, _) in thrown.items():
        if not _can_be_sent(token):
            try:
                access_tokens.verify(token)
                wrong.append(f"the verifier takes «{name}»")
            except NotSignedIn:
                echo(f"«{name}» cannot be sent; the verifier refuses it")
    return wrong


async def _throw(
    thrown: dict[str, tuple[str, str]], endpoints: list[Endpoint], url: str
) -> list[str]:
    sent = {name: each for name, each in thrown.items() if _can_be_sent(each[0])}
    wrong, counted = [], Counter[tuple[str, int]]()
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(url, connector=connector) as client:
        for endpoint in endpoints:
            tried = {name: each for name, each in sent.items() if _may_be_tried(each[1], endpoint)}
            answers = await asyncio.gather(
                *(_knock(client, endpoint, t) for t, _ in tried.values())
            )
            for (name, (token, expected)), status in zip(tried.items(), answers, strict=True):
                counted[expected, status] += 1
                if not _is_right(token, expected, status):
                    wrong.append(f"{endpoint.name}: {name}: {status}")
    echo(f"{len(sent)} tokens at each of {len(endpoints)} endpoints: {_told(counted)}")
    return wrong


def _may_be_tried(expected: str, endpoint: Endpoint) -> bool:
    """Show what may be let in where it changes nothing only: it would sign the session out."""
    return expected == "reject" or endpoint.method == HttpMethod.GET


def _is_right(token: str, expected: str, status: int) -> bool:
    if expected == "either":
        return status < HTTPStatus.INTERNAL_SERVER_ERROR
    refused = status == HTTPStatus.UNAUTHORIZED or (
        len(token) > TOO_LONG and status == HTTPStatus.BAD_REQUEST
    )
    return refused if expected == "reject" else status != HTTPStatus.UNAUTHORIZED


def _told(counted: Counter[tuple[str, int]]) -> str:
    return ", ".join(f"{n} to {what}: {status}" for (what, status), n in sorted(counted.items()))


async def _knock(client: aiohttp.ClientSession, endpoint: Endpoint, token: str) -> int:
    kind, body = max(kind_for(endpoint.path).media_types), b"{}" if endpoint.takes_a_body else None
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    address = endpoint.address()
    async with client.request(endpoint.method, address, headers=headers, data=body) as answer:
        if answer.content_type != MEDIA_TYPE:  # a stream has no end
            await answer.read()
        return answer.status


def main() -> None:
    folder = folder_told(sys.argv[1:], "fuzz/jwt")
    with TemporaryDirectory() as data, engines(Path(data) / "engines") as running:
        wrong = asyncio.run(check(folder, running))
    end_with(wrong)


if __name__ == "__main__":
    main()
