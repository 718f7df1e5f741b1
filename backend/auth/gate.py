"""The one gate to a patient's record: session, grant, audit row and role in one statement."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from backend.audit import Act, write_down
from backend.database import fetch_one, transaction
from backend.errors import HubError, NotFound


class NotSignedIn(HubError):
    """Sign in, then try again."""

    code = "not_signed_in"
    status = 401


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: what a verified access token says. Whether it still holds, the gate finds out."""

    session: UUID
    patient: UUID
    address: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose record is open now, and how strongly the caller has signed in."""

    patient: UUID
    level: str


@asynccontextmanager
async def reading_as(caller: Caller, patient: UUID | None, what: str) -> AsyncIterator[Reader]:
    """Open one patient's record for the block, as `hub_patient`; `None` is the caller's own.

    Raises:
        NotSignedIn: the session was ended or is over.
        NotFound: no such patient, or no grant: nobody learns which.
    """
    denied: UUID | None = None
    async with transaction():
        row = await fetch_one(
            "SELECT answer, patient, level FROM open_reading($1, $2, $3, $4)",
            caller.session, patient, what, caller.address,
        )  # fmt: skip
        assert row, "open_reading always answers"
        if row["answer"] == "not_signed_in":
            raise NotSignedIn
        if row["answer"] == "open":
            yield Reader(row["patient"], row["level"])
        else:
            denied = row["patient"]
    if denied is not None:
        await write_down(
            Act(actor_kind="patient", actor=denied, patient=patient, what=what,
                from_where=caller.address, result="not_found")
        )  # fmt: skip
        raise NotFound
