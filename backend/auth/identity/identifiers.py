"""The numbers of charts: how each is written, what it is found by, and where it is stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from backend.auth.identity import citizen_id
from backend.auth.identity.blind_index import Sought, charts_found_by, hand_on, index
from backend.core.crypto.sealing import seal, unseal
from backend.core.database import Row, execute, fetch, fetch_value, new_id
from backend.core.postgres.steps import step

CITIZEN_ID = "urn:vn:citizen-id"
CMND = "urn:vn:cmnd"
INSURANCE_CARD = "urn:vn:insurance-card"
NATIONAL = frozenset({CITIZEN_ID, CMND, INSURANCE_CARD})
"""These are a person's, and no facility's own numbers."""
FHIR_ID = "urn:patient-hub:fhir-id"
"""A facility's own name of a Patient resource is one more number of that facility."""
IN_MESSAGE = "urn:patient-hub:in-message"
"""The place of a Patient in its message: a name that holds inside it only."""
ANY_SYSTEM = "urn:patient-hub:any"
"""Of a number that comes without a system: the main one, else whichever chart has it."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number, and the system that gives such numbers."""

    system: str
    value: str
    type_code: str = field(default="", compare=False)
    """In HL7's words (MR, PI, NI ...), where the facility says it."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A number that a chart has."""

    id: UUID
    facility: UUID
    identifier: Identifier
    active: bool = True
    """False once the number was cancelled: it is history, and finds nobody."""
    home: UUID | None = None
    """Whose it is by right, while a merge has it with another chart."""


def tidy(identifiers: Iterable[Identifier]) -> list[Identifier]:
    """Write each number one way, and give each once. Nine digits are a CMND by any name.

    Raises:
        NotACitizenId: what was given as a citizen id is none.
    """
    written = [_tidied(identifier) for identifier in identifiers]
    return [identifier for identifier in dict.fromkeys(written) if identifier.value]


def _tidied(identifier: Identifier) -> Identifier:
    system, value = identifier.system.strip(), identifier.value.strip()
    if system != CITIZEN_ID:
        return Identifier(system, value, identifier.type_code)
    if citizen_id.is_cmnd(value):
        return Identifier(CMND, "".join(value.split()))
    return Identifier(CITIZEN_ID, citizen_id.digits(value))


def name_of_chart(facility: UUID, chart: UUID) -> str:
    """Give the id that the facility hears for a Patient that it did not name itself."""
    return str(uuid5(facility, str(chart)))


def is_citizen_id(identifier: Identifier) -> bool:
    """Tell whether it names a citizen. A placeholder names nobody, and is only kept."""
    return identifier.system == CITIZEN_ID and not citizen_id.is_placeholder(identifier.value)


def sought_as(number: Identifier, facility: UUID) -> Sought:
    """Give what finds the chart with this number at the facility."""
    if number.system == CITIZEN_ID:
        return "citizen-id", number.value
    if number.system == ANY_SYSTEM:
        return "hospital-number", f"{facility}:{number.value}"
    return "chart-number", f"{facility}:{len(number.system)}:{number.system}:{number.value}"


def found_by(number: Identifier, facility: UUID) -> list[Sought]:
    """Give all that a chart with this number is or was found by."""
    if number.system in NATIONAL or number.system == FHIR_ID:
        return [sought_as(number, facility)]
    return [
        sought_as(number, facility),
        sought_as(Identifier(ANY_SYSTEM, number.value), facility),
    ]


async def charts_with(
    numbers: Sequence[Identifier], facility: UUID
) -> Mapping[Identifier, list[UUID]]:
    """Give the charts of the facility that each of these numbers leads to."""
    wanted = {number: sought_as(number, facility) for number in numbers}
    found = await charts_found_by(list(wanted.values()), facility)
    return {number: found.get(sought, []) for number, sought in wanted.items()}


async def filed_of(patient: UUID) -> list[Filed]:
    """Give every number the chart has or had."""
    return (await filed_of_all([patient]))[patient]


async def filed_of_all(charts: Sequence[UUID]) -> dict[UUID, list[Filed]]:
    """Give every number of these charts, chart by chart."""
    return dict(zip(charts, await _filed_of.all(charts), strict=True))


@step()
async def _filed_of(charts: Sequence[UUID]) -> Sequence[list[Filed]]:
    rows = await fetch(
        "SELECT patient, id, facility, system, value, active, home FROM patient_identifier"
        " WHERE patient = ANY($1) ORDER BY id",
        charts,
    )
    found: dict[UUID, list[Filed]] = {chart: [] for chart in charts}
    for row in rows:
        found[row["patient"]].append(_filed(row))
    return [list(found[chart]) for chart in charts]


def _filed(row: Row) -> Filed:
    value = unseal(row["value"], table="patient_identifier", column="value", row=row["id"])
    return Filed(
        row["id"], row["facility"], Identifier(row["system"], value), row["active"], row["home"]
    )


async def file(
    patient: UUID,
    identifier: Identifier,
    facility: UUID,
    home: UUID | None = None,
    *,
    finds: Sequence[Sought] = (),
) -> Filed:
    """Write down that this facility says so, and let the chart be found by `finds`.

    One more number of a chart that was merged goes back with the others, if that is undone.
    """
    row = new_id()
    await execute(
        "INSERT INTO patient_identifier (id, patient, facility, system, value, home, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, hub_clock())",
        row, patient, facility, identifier.system,
        seal(identifier.value, table="patient_identifier", column="value", row=row), home,
    )  # fmt: skip
    for kind, value in finds:
        await index(patient, kind, value)
    return Filed(row, facility, identifier, home=home)


async def hand_over(
    before: UUID, after: UUID, facility: UUID, homes: Sequence[UUID]
) -> list[Filed]:
    """Let what the facility said of `homes` be another chart's now, which is found by it instead.

    Gives the numbers that records of theirs are filed under.
    """
    rows = await fetch(
        "UPDATE patient_identifier SET patient = $2,"
        " home = nullif(coalesce(home, patient), $2)"
        " WHERE patient = $1 AND facility = $3 AND coalesce(home, patient) = ANY($4)"
        " RETURNING id, facility, system, value, active, home",
        before, after, facility, homes,
    )  # fmt: skip
    moved = [_filed(row) for row in rows]
    await hand_on(
        before, after,
        [sought for entry in moved for sought in found_by(entry.identifier, facility)],
    )  # fmt: skip
    return moved


async def end(chart: UUID, ended: Sequence[Filed]) -> None:
    """Let these numbers be the chart's no more: they stay as its history."""
    await execute(
        "UPDATE patient_identifier SET active = false WHERE id = ANY($1)",
        [entry.id for entry in ended],
    )
    sought = [pair for entry in ended for pair in found_by(entry.identifier, entry.facility)]
    await hand_on(chart, None, sought)


async def has_numbers(patient: UUID) -> bool:
    """Tell whether anybody can still be found as this chart."""
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT FROM patient_identifier WHERE patient = $1 AND active)", patient
        )
    )


def merged_away(filed: Iterable[Filed], own: Iterable[Identifier]) -> Filed | None:
    """Give the number by which a chart is meant that the facility has merged into another."""
    meant = [entry for entry in filed if entry.identifier in set(own)]
    return meant[0] if meant and all(entry.home for entry in meant) else None


def filed_under(filed: Iterable[Filed], stated: Sequence[Identifier]) -> Filed:
    """Prefer what holds, what no merge has brought, and a number of the chart's own."""
    values = {identifier.value for identifier in stated if identifier.system == ANY_SYSTEM}
    meant = [
        entry
        for entry in filed
        if entry.identifier in stated
        or (entry.identifier.value in values and entry.identifier.system not in NATIONAL)
    ]
    return min(
        meant,
        key=lambda entry: (
            not entry.active,
            entry.home is not None,
            entry.identifier.system in NATIONAL,
            entry.identifier.system != CITIZEN_ID,
        ),
    )
