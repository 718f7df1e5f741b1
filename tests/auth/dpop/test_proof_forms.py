"""A proof as libraries make it: any id, both names of an algorithm, any spelling of an address."""

import pytest
from httpx import AsyncClient

from backend.auth.dpop import nonces
from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.auth.prover import PUBLIC_URL, Ed25519, Ed25519ByItsName, Prover
from tests.harness.auth.steps import LAN, lan_is_registered

ME = "/v1/patients/me"


@pytest.fixture
async def phone(client: AsyncClient, database: Database) -> Prover:
    await lan_is_registered(database)
    return Prover(client)


async def test_one_key_is_the_same_under_both_names_of_its_algorithm(
    phone: Prover, database: Database
) -> None:
    phone.key = Ed25519()
    lan = await phone.sign_in(database, LAN)
    by_its_name = Ed25519ByItsName()
    by_its_name.private, by_its_name.jwk = phone.key.private, phone.key.jwk
    phone.key = by_its_name

    assert (await phone.send("GET", ME, lan)).status_code == 200


@pytest.mark.parametrize("jti", ["1", "abc123", "~" * 128])
async def test_an_app_makes_the_ids_of_its_proofs_as_it_likes_and_uses_each_once(
    phone: Prover, database: Database, jti: str
) -> None:
    lan = await phone.sign_in(database, LAN)
    await phone.send("GET", ME, lan)  # Redis remembers from now on
    proof = phone.proof("GET", ME, lan.access_token, jti=jti, nonce=nonces.make_nonce())

    first, again = [await phone.show("GET", ME, proof, lan) for _ in "12"]

    assert first.status_code == 200
    assert is_problem(again, 401, "invalid_dpop_proof")


@pytest.mark.parametrize(
    "htu",
    [f"HTTPS://HUB.test{ME}", f"https://hub.test:443{ME}", f"{PUBLIC_URL}{ME}?a=1#b",
     f"{PUBLIC_URL}/v1/patients/%6de", f"{PUBLIC_URL}/v1/x/../patients/./me",
     f"https://hub.%74est:{ME}", f"{PUBLIC_URL}{ME}?a=/b#/c"],
)  # fmt: skip
async def test_an_address_may_be_written_in_several_ways(
    phone: Prover, database: Database, htu: str
) -> None:
    lan = await phone.sign_in(database, LAN)
    await phone.send("GET", ME, lan)  # Redis remembers from now on
    proof = phone.proof("GET", ME, lan.access_token, htu=htu, nonce=nonces.make_nonce())

    assert (await phone.show("GET", ME, proof, lan)).status_code == 200
