"""What each number that a facility states means there: decisions only.

A number is a system and a value. A chart is found by the facility's own numbers and by a citizen
id; every other number is kept, and finds nobody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from backend.auth.identity import citizen_id
from backend.auth.identity.identifiers import (
    ANY_SYSTEM,
    CITIZEN_ID,
    CMND,
    FHIR_ID,
    IN_MESSAGE,
    INSURANCE_CARD,
    Identifier,
    is_citizen_id,
    tidy,
)
from backend.auth.identity.number_meanings import NumberMeaning

_FIXED: Final = {
    CITIZEN_ID: NumberMeaning.CITIZEN_ID,
    CMND: NumberMeaning.CITIZEN_ID,
    INSURANCE_CARD: NumberMeaning.INSURANCE,
    FHIR_ID: NumberMeaning.CHART,
    "": NumberMeaning.CHART,
    ANY_SYSTEM: NumberMeaning.IGNORED,
    IN_MESSAGE: NumberMeaning.IGNORED,
}
"""No system is the facility's own."""
_TYPES: Final = {
    "MR": NumberMeaning.CHART,
    "PI": NumberMeaning.CHART,
    "NI": NumberMeaning.CITIZEN_ID,
    "NNVNM": NumberMeaning.CITIZEN_ID,
}
"""HL7's words for numbers that find a chart; those of any other type find nobody."""


@dataclass(frozen=True, slots=True)
class Numbering:
    """What is declared of one facility's systems."""

    facility: UUID
    declared: Mapping[str, NumberMeaning] = field(default_factory=dict)
    main: str | None = None
    """The system of a number that comes without one."""

    def means(self, number: Identifier) -> NumberMeaning | None:
        """Say what a number is here; None where nobody has said it."""
        known = _FIXED.get(number.system) or self.declared.get(number.system)
        if known is not None:
            return known
        if number.type_code:
            return _TYPES.get(number.type_code, NumberMeaning.IGNORED)
        return None


@dataclass(slots=True)
class StatedNumbers:
    """The numbers that a facility states of one patient, by what they do; each written one way."""

    sure: list[Identifier] = field(default_factory=list)
    """Numbers of a chart by declaration or by type: a chart is found by one whatever else comes."""
    undeclared: list[Identifier] = field(default_factory=list)
    """Numbers of systems of which nobody has said what they are."""
    citizen_ids: list[Identifier] = field(default_factory=list)
    """True ones."""
    aliases: list[Identifier] = field(default_factory=list)
    """Citizen ids once more, as the facility itself writes them."""
    kept: list[Identifier] = field(default_factory=list)
    """They find nobody."""

    @property
    def own(self) -> list[Identifier]:
        """Give what can be the number of a chart."""
        return [*self.sure, *self.undeclared]

    @property
    def all(self) -> list[Identifier]:
        """Give what is written down, each once."""
        groups = (self.citizen_ids, self.sure, self.undeclared, self.aliases, self.kept)
        return list(dict.fromkeys(number for group in groups for number in group))


def read_numbers(
    stated: Iterable[Identifier], numbering: Numbering, birth_date: str | None, sex: str
) -> StatedNumbers:
    """Sort what a facility states of a patient.

    Args:
        stated: as sent.
        numbering: what is declared of its systems.
        birth_date: as stated; partial, or None.
        sex: as stated.

    Raises:
        NotACitizenId: what was given as a citizen id is none.
    """
    read = StatedNumbers()
    for number in tidy(stated):
        _sort(number, numbering, read)
    if not read.citizen_ids:
        read.citizen_ids += [
            Identifier(CITIZEN_ID, number.value)
            for number in read.sure
            if number.system != FHIR_ID
            and number.type_code != "PI"
            and citizen_id.fits(number.value, birth_date, sex)
        ][:1]
    return read


def _sort(number: Identifier, numbering: Numbering, read: StatedNumbers) -> None:
    match numbering.means(number):
        case NumberMeaning.CHART:
            read.sure.append(number)
        case NumberMeaning.CITIZEN_ID:
            _sort_citizen_id(number, read)
        case NumberMeaning.INSURANCE | NumberMeaning.ORDER:
            read.kept.append(number)
        case NumberMeaning.IGNORED:
            if number.type_code:
                read.kept.append(number)
        case None:
            read.undeclared.append(number)


def _sort_citizen_id(number: Identifier, read: StatedNumbers) -> None:
    """Write a citizen id under its own name, and beside it as the facility writes it."""
    if number.system in {CITIZEN_ID, CMND}:
        (read.citizen_ids if is_citizen_id(number) else read.kept).append(number)
    elif citizen_id.is_cmnd(number.value):
        read.kept.append(Identifier(CMND, "".join(number.value.split())))
    elif citizen_id.has_twelve_digits(number.value):
        digits = Identifier(CITIZEN_ID, citizen_id.digits(number.value))
        true = is_citizen_id(digits)
        (read.citizen_ids if true else read.kept).append(digits)
        (read.aliases if true else read.kept).append(number)
    else:
        read.kept.append(number)
