"""What happens with slips in these stories: one is made for a patient, and somebody types it."""

from uuid import UUID

from httpx import AsyncClient, Response

from backend.auth.credentials import activation_slips
from backend.auth.credentials.activation_slips import Paper
from backend.auth.registration.patients import Identifier
from backend.core.database import new_id, transaction
from tests.conftest import Database
from tests.harness.auth.steps import PHONE, a_person, hospital_says
from tests.harness.makers import OWN_NUMBER, a_facility


async def a_newborn(database: Database) -> UUID:
    """A child of today: no citizen id, no phone, only the hospital's own number."""
    child = a_person(
        Identifier(OWN_NUMBER, "SS-0001"), name="Con bà Lan", birth_date="2026-11-24", mobile=None
    )
    return (await hospital_says(child, await a_facility(database))).patient


async def a_slip(patient: UUID) -> str:
    async with transaction():
        made = await activation_slips.make_slip(
            patient, None, Paper.BIRTH_CERTIFICATE, made_by=new_id()
        )
    return made.code.grouped


async def types(client: AsyncClient, code: str) -> Response:
    return await client.post(
        "/v1/sign-in/activations", json={"activationCode": code, "device": PHONE}
    )


def other_secret(code: str) -> str:
    """The same slip's handle with a wrong last letter."""
    return code[:-1] + ("A" if code[-1] != "A" else "B")
