"""Declares what the numbers of a facility's systems are, and takes that back."""

from dataclasses import dataclass
from uuid import UUID

from backend.auth.identity.identifiers import FHIR_ID, NATIONAL
from backend.auth.identity.number_meanings import NumberMeaning
from backend.auth.identity.numbering import Numbering
from backend.core.audit import Act, write_down
from backend.core.database import Row, execute, fetch, fetch_one, fetch_value, new_id, transaction
from backend.core.errors import HubError, NotFound

LONGEST_SYSTEM = 200


class NotASystem(HubError):
    """A system is a URI of at most 200 signs, and none whose meaning is fixed."""

    code = "not_a_system"
    status = 422


class MainNotAChart(HubError):
    """Only a system of chart numbers can be the main one."""

    code = "main_not_a_chart"
    status = 422


@dataclass(frozen=True, slots=True)
class Declared:
    """One system of a facility, and what its numbers are."""

    system: str
    meaning: NumberMeaning
    main: bool


DECLARED = (
    "(SELECT coalesce(json_agg(json_build_array(n.system, n.meaning, n.main)), '[]')"
    " FROM facility_numbers n WHERE n.facility = facility.id)"
)
"""For statements on `facility`: what `numbering_from` reads."""


async def numbering_of(facility: UUID) -> Numbering:
    """Read what is declared of a facility's systems."""
    rows = await fetch(
        "SELECT system, meaning, main FROM facility_numbers WHERE facility = $1", facility
    )
    return numbering_from(facility, [(row["system"], row["meaning"], row["main"]) for row in rows])


def numbering_from(facility: UUID, declared: list[tuple[str, str, bool]]) -> Numbering:
    """Make the numbering of a facility from its rows."""
    return Numbering(
        facility,
        {system: NumberMeaning(meaning) for system, meaning, _ in declared},
        next((system for system, _, main in declared if main), None),
    )


async def declare(
    facility: UUID, system: str, meaning: NumberMeaning, *, main: bool = False
) -> None:
    """Say what the numbers of a system are from now on.

    What came before is not read again: numbers that lead to two charts find nobody until those are
    merged.

    Raises:
        NotASystem: there is no such system, or its meaning is fixed.
        MainNotAChart: it is to be the main one, and has no chart numbers.
    """
    system = system.strip()
    if not 0 < len(system) <= LONGEST_SYSTEM or system in NATIONAL | {FHIR_ID}:
        raise NotASystem
    if main and meaning is not NumberMeaning.CHART:
        raise MainNotAChart
    async with transaction():
        await _lock(facility)
        if main:
            await execute(
                "UPDATE facility_numbers SET main = false WHERE facility = $1 AND main", facility
            )
        row = await fetch_value(
            "INSERT INTO facility_numbers (id, facility, system, meaning, main, created_at)"
            " VALUES ($1, $2, $3, $4, $5, hub_clock()) ON CONFLICT (facility, system)"
            " DO UPDATE SET meaning = excluded.meaning, main = excluded.main RETURNING id",
            new_id(), facility, system, meaning.value, main,
        )  # fmt: skip
        await write_down(Act(actor_kind="system", action="facility.numbers_declared", subject=row))


async def take_back(facility: UUID, system: str) -> None:
    """Undo a declaration: the system is undeclared again.

    Raises:
        NotFound: nobody has declared it.
    """
    async with transaction():
        await _lock(facility)
        row = await fetch_one(
            "DELETE FROM facility_numbers WHERE facility = $1 AND system = $2 RETURNING id",
            facility, system.strip(),
        )  # fmt: skip
        if row is None:
            raise NotFound
        await write_down(
            Act(actor_kind="system", action="facility.numbers_undeclared", subject=row["id"])
        )


async def declared_of(facility: UUID) -> list[Declared]:
    """List the systems of a facility, the main one first."""
    rows = await fetch(
        "SELECT system, meaning, main FROM facility_numbers WHERE facility = $1"
        " ORDER BY main DESC, system",
        facility,
    )
    return [_declared(row) for row in rows]


def _declared(row: Row) -> Declared:
    return Declared(row["system"], NumberMeaning(row["meaning"]), row["main"])


async def _lock(facility: UUID) -> None:
    """Let two who declare at once come one after the other: one system is the main one."""
    await execute("SELECT FROM facility WHERE id = $1 FOR NO KEY UPDATE", facility)
