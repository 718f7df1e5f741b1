"""Prints a summary, records the print, and verifies a printed summary by its code.

Only the paper has the code: the hub stores its hash, beside the fingerprint of the PDF. The code
tells nothing about the patient and opens nothing.
"""

from asyncio import to_thread
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from backend.auth.access.gate import Caller
from backend.auth.access.reach import reached_by
from backend.auth.credentials import typed_codes
from backend.auth.credentials.typed_codes import TypedCode
from backend.auth.rules import PRINT_CHECKS_PER_ADDRESS, PRINT_LIFETIME, PRINTS_PER_PERSON
from backend.core.audit import Act, write_down
from backend.core.clock import now
from backend.core.crypto.sealing import secret_hash
from backend.core.database import execute, fetch_one, new_id, transaction
from backend.core.errors import NotFound
from backend.core.http.client_address import network_of
from backend.core.http.rate_limits import LimitedKey, count, limit_key
from backend.core.i18n import Language
from backend.core.odd_rows.unreadable import UNREADABLE_NAME, unsealed
from backend.core.settings import load_settings
from backend.records.summary.collect import Gathered, gather
from backend.records.summary.pdf import PdfPage, Print, page_data, press

ACT: Final = "summary.printed"


@dataclass(frozen=True, slots=True)
class Printed:
    """The facts about a printed summary, for the person who holds it."""

    sha256: bytes
    at: datetime
    until: datetime


async def print_summary(caller: Caller, patient: UUID | None, language: Language) -> PdfPage:
    """Give a summary as PDF, and record who printed it for which patient.

    Raises:
        NotSignedIn, NotFound, StrongerSignInNeeded: as every reading.
        TooOften: the caller has printed a lot.
        Unavailable: too many are being printed just now.
    """
    counted = patient or await _counted(caller)
    await count(LimitedKey(limit_key("prints", str(counted)), PRINTS_PER_PERSON))
    gathered = await gather(caller, patient)
    caregiver = await _caregiver(caller, gathered.profile.id)
    at, code = now(), typed_codes.new_code()
    printed = Print(
        at=at,
        until=at + PRINT_LIFETIME,
        by=gathered.profile.name if caregiver is None else caregiver,
        is_own=caregiver is None,
        code=code.grouped,
    )
    link = f"{load_settings().public_url}/printed#{code.grouped}"
    page = await to_thread(page_data, gathered, printed, language)  # others go on meanwhile
    paper = await press().set(page, link, at)
    made = Printed(sha256(paper.pdf).digest(), at, printed.until)
    await _note(caller, gathered, code, made, language)
    return paper


async def _note(
    caller: Caller, gathered: Gathered, code: TypedCode, printed: Printed, language: Language
) -> None:
    row = new_id()
    async with transaction():
        await execute(
            "INSERT INTO printed_summary (id, code_hash, patient, printed_by, sha256, facilities,"
            " language, printed_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            row, _hash(code), gathered.profile.id, caller.session, printed.sha256,
            list(gathered.sources), language.value, printed.at, printed.until,
        )  # fmt: skip
        for profile in gathered.profiles:
            await write_down(
                Act(
                    actor_kind="patient",
                    actor=caller.session,
                    patient=profile.id,
                    action=ACT,
                    subject=row,
                    from_where=caller.address,
                )
            )


async def _counted(caller: Caller) -> UUID:
    """Give what prints of all charts are counted by: the one that was reached first."""
    own = await reached_by(caller)
    return own[0].chart if own else caller.session


async def _caregiver(caller: Caller, chart: UUID) -> str | None:
    """Give the name of the caregiver who prints, by the chart that a grant names; None if own."""
    row = await fetch_one(
        "SELECT a.id, a.name FROM caregiver_grant g JOIN session_chart c ON c.chart = g.caregiver"
        " AND c.session = $1 AND c.ended_at IS NULL JOIN patient a ON a.id = g.caregiver"
        " WHERE g.patient = $2 AND g.ended_at IS NULL AND NOT EXISTS (SELECT FROM session_chart o"
        "  WHERE o.session = $1 AND o.chart = $2 AND o.ended_at IS NULL AND o.level <> 'found')"
        " ORDER BY g.id LIMIT 1",
        caller.session, chart,
    )  # fmt: skip
    if row is None:
        return None
    name = unsealed(row["name"], table="patient", column="name", row=row["id"])
    return UNREADABLE_NAME if name is None else name


async def printed_with(typed: str, address: str) -> Printed:
    """Find the print with this code.

    Raises:
        NotFound: unknown, misspelled or too old: all alike.
        TooOften: tried from one place too often.
        FastStoreAway: nobody can count just now.
    """
    await count(
        LimitedKey(limit_key("print-checks", network_of(address)), PRINT_CHECKS_PER_ADDRESS)
    )
    code = typed_codes.read(typed)
    row = await fetch_one(
        "SELECT sha256, printed_at, expires_at FROM printed_summary"
        " WHERE code_hash = $1 AND expires_at > hub_clock()",
        _hash(code) if code else b"",
    )
    if row is None:
        raise NotFound
    return Printed(row["sha256"], row["printed_at"], row["expires_at"])


def _hash(code: TypedCode) -> bytes:
    return secret_hash(f"print:{code.handle}{code.secret}")
