"""Prints a summary, records the print, and verifies a printed summary by its code.

Only the paper has the code: the hub stores its hash, beside the fingerprint of the PDF. The code
tells nothing about the patient and opens nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from backend.auth.access.gate import Caller
from backend.auth.credentials import typed_codes
from backend.auth.credentials.typed_codes import TypedCode
from backend.auth.rules import PRINT_CHECKS_PER_ADDRESS, PRINT_LIFETIME, PRINTS_PER_PERSON
from backend.core.audit import Act, write_down
from backend.core.clock import now
from backend.core.crypto.sealing import secret_hash
from backend.core.database import execute, fetch_one, fetch_value, new_id, transaction
from backend.core.errors import NotFound
from backend.core.http.client_address import network_of
from backend.core.http.rate_limits import LimitedKey, count, limit_key
from backend.core.i18n import Language
from backend.core.odd_rows.unreadable import UNREADABLE_NAME, unsealed
from backend.core.settings import load_settings
from backend.records.summary.collect import Gathered, gather
from backend.records.summary.pdf import Print, page_data, press

ACT: Final = "summary.printed"


@dataclass(frozen=True, slots=True)
class Printed:
    """The facts about a printed summary, for the person who holds it."""

    sha256: bytes
    at: datetime
    until: datetime


async def print_summary(caller: Caller, patient: UUID | None, language: Language) -> bytes:
    """Give a summary as PDF, and record who printed it for which patient.

    Raises:
        NotSignedIn, NotFound, StrongerSignInNeeded: as every reading.
        TooOften: the caller has printed a lot.
        Unavailable: too many are being printed just now.
    """
    await count(LimitedKey(limit_key("prints", str(caller.patient)), PRINTS_PER_PERSON))
    gathered = await gather(caller, patient)
    at, code = now(), typed_codes.new_code()
    printed = Print(
        at=at,
        until=at + PRINT_LIFETIME,
        by=await _name_of(caller.patient),
        is_own=caller.patient == gathered.profile.id,
        code=code.grouped,
    )
    link = f"{load_settings().public_url}/printed#{code.grouped}"
    pdf = await press().set(page_data(gathered, printed, language), link, at)
    await _note(caller, gathered, code, Printed(sha256(pdf).digest(), at, printed.until), language)
    return pdf


async def _note(
    caller: Caller, gathered: Gathered, code: TypedCode, printed: Printed, language: Language
) -> None:
    row, patient = new_id(), gathered.profile.id
    async with transaction():
        await execute(
            "INSERT INTO printed_summary (id, code_hash, patient, printed_by, sha256, facilities,"
            " language, printed_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            row, _hash(code), patient, caller.patient, printed.sha256, list(gathered.sources),
            language.value, printed.at, printed.until,
        )  # fmt: skip
        await write_down(
            Act(
                actor_kind="patient",
                actor=caller.patient,
                patient=patient,
                action=ACT,
                subject=row,
                from_where=caller.address,
            )
        )


async def _name_of(patient: UUID) -> str:
    sealed = await fetch_value("SELECT name FROM patient WHERE id = $1", patient)
    return unsealed(sealed, table="patient", column="name", row=patient) or UNREADABLE_NAME


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
