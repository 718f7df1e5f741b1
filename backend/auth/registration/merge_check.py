"""Whether two patients that a facility would merge can be one person."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from backend.auth.identity import identifiers
from backend.auth.identity.blind_index import people_found_by, wait_in_turn
from backend.auth.identity.demographic_match import contradicts
from backend.auth.identity.demographics import details_of
from backend.auth.identity.identifiers import Identifier, is_citizen_id
from backend.auth.phones import contact_points
from backend.auth.registration.patients import IdentityConflict, Person
from backend.core.database import execute


class NotOnePerson(IdentityConflict):
    """By what you said of them, the two patients of this merge are not one person."""

    code = "not_one_person"


def own_numbers(person: Person) -> Person:
    """Give the same without what could make somebody else of it: national numbers and phones."""
    own = tuple(identifiers.own_of(person.identifiers))
    return replace(person, identifiers=own, mobile=None, other_phones=())


async def hold_everybody(stated: Sequence[Identifier], mobiles: Sequence[str], facility: UUID
) -> None:  # fmt: skip
    """Lock these numbers and whoever has them, all at once and so in one order.

    Raises:
        NotACitizenId: what was given as a citizen id is none.
    """
    sought = identifiers.sought(identifiers.tidy(stated), facility)
    await wait_in_turn([*sought, *(("phone", each) for each in contact_points.readable(mobiles))])
    await execute(
        "SELECT FROM patient WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
        await people_found_by(sought),
    )


async def check_one_person(
    olds: Sequence[UUID], new: UUID, said: Sequence[Identifier], facility: UUID
) -> None:
    """See that nothing known speaks against the merge of `olds` into `new`.

    Nobody who is known by a citizen id is merged into somebody who is not known by that one.

    Args:
        olds: who would go.
        new: who would stay.
        said: numbers that the facility gives the old one along with the merge.
        facility: which says that they are one.

    Raises:
        NotOnePerson: by what this facility itself has said.
        IdentityConflict: by what others have; that is not told to the facility.
    """
    staying = await identifiers.filed_of(new)
    filed = [*staying, *[each for old in olds for each in await identifiers.filed_of(old)]]
    numbers = [each for each in filed if is_citizen_id(each.identifier)]
    has = {each.identifier for each in staying if each in numbers and each.active}
    gone = {each.identifier for each in numbers if not each.active} - has
    claimed = {each for each in said if is_citizen_id(each)} - gone
    claimed |= {each.identifier for each in numbers if each.active}
    after = await details_of(new)
    described = [await details_of(old) for old in olds]
    if claimed <= has and not any(contradicts(each, after) for each in described):
        return
    others = any(each.facility != facility for each in filed)
    raise IdentityConflict if others else NotOnePerson
