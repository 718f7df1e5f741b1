"""The one gate to a patient's record: session, grant, audit row and role in one statement."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.audit import Act, write_down
from backend.database import fetch_one, transaction
from backend.errors import HubError, NotFound

CHALLENGE: Final = 'Bearer, DPoP error="invalid_token", algs="ES256 EdDSA"'
"""Staff show a bearer token; patients' apps one that is bound to their key."""


class NotSignedIn(HubError):
    """Sign in, then try again."""

    code = "not_signed_in"
    status = 401

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": CHALLENGE})


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


@dataclass(frozen=True, slots=True)
class OwnSession:
    """The caller's session, which lives."""

    id: UUID
    patient: UUID
    device: UUID
    level: str


async def own_session(caller: Caller) -> OwnSession:
    """Look at the caller's session: for whatever a patient does that reads no record.

    Raises:
        NotSignedIn: it was ended or is over.
    """
    row = await fetch_one(
        "SELECT id, patient, device, level FROM session WHERE id = $1 AND patient = $2"
        " AND ended_at IS NULL AND expires_at > hub_clock()",
        caller.session, caller.patient,
    )  # fmt: skip
    if row is None:
        raise NotSignedIn
    return OwnSession(**row)


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
