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
    """Whose record is open now, how much of it, and how strongly the caller has signed in."""

    patient: UUID
    level: str
    scope: str
    """own, full or summary (`rules.Scope`)."""
    grant: UUID | None = None
    """What lets the caller read another's record."""


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
    opened: Reader | None = None
    try:
        async with transaction():
            opened = await _open(caller, patient, what)
            yield opened
    except HubError as refused:
        if not isinstance(refused, NotSignedIn):
            await _write_denial(caller, patient, what, opened, refused.code)
        raise


async def _open(caller: Caller, patient: UUID | None, what: str) -> Reader:
    row = await fetch_one(
        "SELECT answer, patient, level, scope, grant_id FROM open_reading($1, $2, $3, $4)",
        caller.session, patient, what, caller.address,
    )  # fmt: skip
    assert row, "open_reading always answers"
    if row["answer"] == "not_signed_in":
        raise NotSignedIn
    if row["answer"] != "open":
        raise NotFound
    return Reader(row["patient"], row["level"], row["scope"], row["grant_id"])


async def _write_denial(
    caller: Caller, patient: UUID | None, what: str, opened: Reader | None, result: str
) -> None:
    """Write down what was refused, after the transaction that would have kept it is gone."""
    await write_down(
        Act(
            actor_kind="patient",
            actor=caller.patient,
            patient=opened.patient if opened else patient,
            what=what,
            subject=opened.grant if opened else None,
            from_where=caller.address,
            result=result,
        )
    )
