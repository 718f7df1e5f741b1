"""Whether two charts that a facility would merge can be one person."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from backend.auth.access.chart_turn import take_turn_alone
from backend.auth.identity.blind_index import lock_identifiers
from backend.auth.identity.demographic_match import conflicts
from backend.auth.identity.demographics import details_of
from backend.auth.identity.identifiers import (
    IN_MESSAGE,
    Identifier,
    charts_with,
    filed_of_all,
    is_citizen_id,
)
from backend.auth.identity.numbering import Numbering, read_numbers
from backend.auth.phones import contact_points
from backend.auth.registration.locked_charts import turns
from backend.auth.registration.patients import IdentityConflict, Person
from backend.core.database import execute


class NotOnePerson(IdentityConflict):
    """By what you said of them, the two patients of this merge are not one person."""

    code = "not_one_person"


def own_numbers(person: Person, numbering: Numbering) -> Person:
    """Give the same without what could make somebody else of it: citizen ids and phones."""
    stated = read_numbers(person.identifiers, numbering, None, "")
    places = [number for number in person.identifiers if number.system == IN_MESSAGE]
    return replace(person, identifiers=(*stated.own, *places), mobile=None, other_phones=())


async def lock_candidates(
    stated: Sequence[Identifier], mobiles: Sequence[str], numbering: Numbering
) -> None:
    """Lock these numbers and whoever has them, all at once and so in one order.

    Raises:
        NotACitizenId: what was given as a citizen id is none.
    """
    read = read_numbers(stated, numbering, None, "")
    sought = [*read.citizen_ids, *read.own]
    phones = [("phone", mobile) for mobile in contact_points.readable(mobiles)]
    await lock_identifiers([*turns(sought, numbering.facility), *phones])
    found = await charts_with(sought, numbering.facility)
    charts = sorted({chart for charts in found.values() for chart in charts})
    await execute("SELECT FROM patient WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", charts)
    await take_turn_alone(*charts)


async def check_one_person(
    olds: Sequence[UUID], new: UUID, said: Sequence[Identifier], *, sure: bool = False
) -> None:
    """See that nothing known speaks against the merge of `olds` into `new`.

    Charts of different citizen ids are not merged. One that has none takes the other's.

    Args:
        olds: which charts would go.
        new: which would stay.
        said: numbers that the facility gives the old one along with the merge.
        sure: whether a person has looked: then only two citizen ids speak against it.

    Raises:
        NotOnePerson: by what this facility itself has said.
    """
    filed = await filed_of_all([new, *olds])
    numbers = [entry for one in filed.values() for entry in one if is_citizen_id(entry.identifier)]
    known = {number.identifier for number in numbers if number.active}
    gone = {number.identifier for number in numbers if not number.active} - known
    claimed = {number for number in said if is_citizen_id(number)} - gone
    after = await details_of(new)
    described = [await details_of(old) for old in olds]
    differ = not sure and any(conflicts(description, after) for description in described)
    if differ or len(known | claimed) > 1:
        raise NotOnePerson
