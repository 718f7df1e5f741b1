"""What hospitals, patients and the worker do in these stories."""

from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec
from httpx import AsyncClient, Response

from backend.auth.credentials.one_time_codes import make_code, take_up, untold_challenges
from backend.auth.identity.blind_index import charts_having
from backend.auth.phones.phones import IN_USE, IS_BOUND, NEWEST_FIRST
from backend.auth.registration.patients import Identifier, Known, Person, register
from backend.core.crypto.sealing import unseal
from backend.core.database import execute, fetch, transaction
from tests.conftest import Database
from tests.harness.makers import OWN_NUMBER, a_facility

LAN: Final = "079185000011"
TU: Final = "046047000012"
STRANGER: Final = "001199999999"
NOBODYS_PHONE: Final = "+84909999999"
PHONE: Final = {"platform": "android", "model": "Pixel", "name": "của Lan"}


def citizen(number: str) -> Identifier:
    return Identifier("urn:vn:citizen-id", number)


def hospital_number(number: str) -> Identifier:
    return Identifier(OWN_NUMBER, number)


def a_person(*identifiers: Identifier, **details: Any) -> Person:
    """A woman born in 1985, unless something else is said."""
    lan: dict[str, Any] = {
        "identifiers": identifiers or (citizen(LAN),),
        "name": "Trần Thị Lan",
        "birth_date": "1985-03-12",
        "sex": "female",
        "mobile": "0912 345 678",
    }
    return Person(**(lan | details))


async def hospital_says(person: Person, facility: UUID) -> Known:
    """Register a person as intake does: in one transaction, with intake's role."""
    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        return await register(person, facility)


def scattered(n: int) -> str:
    """The nth of many citizen ids that are nobody's neighbours."""
    return f"{n % 96:03}1{n * 37 % 100:02}{n * 104_729 % 1_000_000:06}"


def another_phone(n: int) -> str:
    """The nth of many phone numbers."""
    return f"+8491{n:07}"


async def phone_of(number: str) -> str:
    """Look up the own mobile in use of a chart with this citizen id; a stranger types any number.

    A test that leaves it to this means the one that a patient knows to be theirs.
    """
    rows = await fetch(
        f"SELECT c.id, c.number FROM contact_point c WHERE c.kind = 'own' AND c.patient = ANY($1)"
        f" ORDER BY {IN_USE} DESC, {IS_BOUND} DESC, {NEWEST_FIRST}",
        await charts_having([("citizen-id", "".join(number.split()).replace(".", ""))]),
    )
    for row in rows:
        return unseal(row["number"], table="contact_point", column="number", row=row["id"])
    return NOBODYS_PHONE


async def another_challenge(client: AsyncClient, number: str, phone: str | None = None) -> Response:
    return await client.post(
        "/v1/sign-in/codes", json={"citizenId": number, "phone": phone or await phone_of(number)}
    )


async def ask(client: AsyncClient, number: str, phone: str | None = None) -> UUID:
    answer = await another_challenge(client, number, phone)
    assert answer.status_code == 202, answer.text
    return UUID(answer.json()["challengeId"])


async def code_arrives(database: Database, challenge: UUID) -> str:
    """The worker takes the request up and makes the code."""
    async with database.as_worker():
        untold = await untold_challenges(100)
        await take_up(untold, {})
        assert challenge in {each.id for each in untold.waiting}
        code = await make_code(challenge)
    assert code is not None
    return code


async def show(client: AsyncClient, challenge: UUID, code: str) -> Response:
    return await client.post(
        "/v1/sign-in/sessions",
        json={"challengeId": str(challenge), "code": code, "device": PHONE},
    )


class Tokens(msgspec.Struct, rename="camel", frozen=True):
    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str
    level: str | None

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}


async def sign_in(client: AsyncClient, database: Database, number: str = LAN) -> Tokens:
    challenge = await ask(client, number)
    code = await code_arrives(database, challenge)
    return tokens_of(await show(client, challenge, code))


async def sign_in_with(client: AsyncClient, database: Database, number: str, phone: str) -> Tokens:
    """Sign in with a citizen id and a phone number that the test chooses."""
    challenge = await ask(client, number, phone)
    return tokens_of(await show(client, challenge, await code_arrives(database, challenge)))


def tokens_of(answer: Response) -> Tokens:
    assert answer.status_code in {200, 201}, answer.text
    return msgspec.json.decode(answer.content, type=Tokens)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def lan_is_registered(database: Database) -> UUID:
    return (await hospital_says(a_person(), await a_facility(database))).patient


async def challenges(database: Database) -> int:
    return int(await database.owner.fetchval("SELECT count(*) FROM sign_in_challenge"))


async def confirmed(database: Database, patient: UUID) -> list[bool]:
    rows = await database.owner.fetch(
        "SELECT confirmed_at IS NOT NULL AS yes FROM contact_point"
        " WHERE patient = $1 AND kind = 'own' ORDER BY id",
        patient,
    )
    return [row["yes"] for row in rows]


async def everybody_steps_up(owner: asyncpg.Connection) -> None:
    """Open what is restricted to every session, as if each had just proved anew who it is."""
    await owner.execute(
        "UPDATE session_chart SET stepped_up_until = hub_clock() + '15 minutes'::interval"
        " WHERE level IN ('otp', 'desk', 'vneid')"
    )
