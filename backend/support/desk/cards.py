"""Reads a citizen card at the desk, to fill in the form and to find the patient."""

from msgspec import Struct

from backend.auth.identity import citizen_id
from backend.support.audited_action import StaffCaller, audited_action
from backend.support.desk.card_qr import read_card
from backend.support.patients.cases import open_case
from backend.support.patients.search import (
    PatientView,
    having_citizen_id,
    masked_patients,
)
from backend.support.rules import Action


class CardView(Struct, frozen=True, rename="camel"):
    """The text of the card, as a hint for the form. Staff still look at the person."""

    citizen_id: str
    """Masked."""
    name_hint: str
    birth_date: str | None
    """1953, 1953-05 or 1953-05-02."""
    sex: str
    warnings: list[str]
    """`birth_year`, `sex` (against its own number), `unknown_province`, `birth_year_to_come`.
    None is a refusal."""
    patient: PatientView | None
    """Whose card it says it is, when the hub and this facility know them."""


async def card_shown(staff: StaffCaller, text: str, reason: str) -> CardView:
    """Read a card, and open a case about the patient that it names.

    Raises:
        NotACitizenCard, InsuranceCard: another text.
    """
    async with audited_action(staff, Action.READ_CARD, reason) as act:
        card = read_card(text, citizen_id.this_year())
        found = await masked_patients(staff, await having_citizen_id(card.number))
        await open_case(staff, [match.patient for match in found], reason)
        act.patient = found[0].patient if found else None
        act.result = "done" if found else "not_found"
    return CardView(
        citizen_id=citizen_id.masked(card.number),
        name_hint=card.name,
        birth_date=card.birth_date,
        sex=card.sex,
        warnings=list(card.warnings),
        patient=found[0] if found else None,
    )
