"""A DPoP proof is three parts of base64url in one spelling, or it is none."""

from collections.abc import Callable

import pytest
from httpx import AsyncClient

from backend.auth.dpop import nonces, proofs
from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.auth.prover import Prover
from tests.harness.auth.steps import LAN, lan_is_registered

ME = "/v1/patients/me"


@pytest.fixture
async def phone(client: AsyncClient, database: Database) -> Prover:
    await lan_is_registered(database)
    return Prover(client)


def _with_padding(proof: str) -> str:
    return proof + "=="


def _with_dots(proof: str) -> str:
    return proof.replace(".", "..", 1)


def _with_another_letter(proof: str) -> str:
    return f"{proof[:-4]}!{proof[-4:]}"


def _with_short_signature(proof: str) -> str:
    return proof[:-4]


def _with_another_last_bit(proof: str) -> str:
    """Change bits that no byte of the signature has: 64 bytes are 86 letters less four bits."""
    return proof[:-1] + chr(ord(proof[-1]) + 1)


def _without_signature(proof: str) -> str:
    return proof.rpartition(".")[0] + "."


def _with_swapped_parts(proof: str) -> str:
    head, payload, signature = proof.split(".")
    return f"{payload}.{head}.{signature}"


def _nested_too_deeply(proof: str) -> str:
    _, payload, signature = proof.split(".")
    head = '{"typ":"dpop+jwt","alg":"ES256","jwk":' + "[" * 1200
    return f"{proofs._base64url(head.encode())}.{payload}.{signature}"


@pytest.mark.parametrize(
    "change",
    [_with_padding, _with_dots, _with_another_letter, _with_short_signature, _with_another_last_bit,
     _without_signature, _with_swapped_parts, _nested_too_deeply],
)  # fmt: skip
async def test_a_proof_has_one_spelling_and_its_whole_signature(
    phone: Prover, database: Database, change: Callable[[str], str]
) -> None:
    lan = await phone.sign_in(database, LAN)
    await phone.send("GET", ME, lan)  # Redis remembers from now on
    good, changed = (
        phone.proof("GET", ME, lan.access_token, nonce=nonces.make_nonce()) for _ in "12"
    )

    refused = await phone.show("GET", ME, change(changed), lan)

    assert is_problem(refused, 401, "invalid_dpop_proof")
    assert (await phone.show("GET", ME, good, lan)).status_code == 200
