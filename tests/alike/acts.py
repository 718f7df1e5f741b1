"""All that B's systems, its desk, its phones and somebody without a name may do in a script."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from tests.alike import desk_acts, facility_acts, outsider_acts
from tests.alike.cast import Cast
from tests.alike.people import Dice
from tests.alike.world import World

Act = Callable[[World, Cast], Awaitable[None]]

ACTS: Final[dict[Act, int]] = {
    facility_acts.registers: 4,
    facility_acts.puts: 1,
    facility_acts.reports: 2,
    facility_acts.tells: 3,
    facility_acts.announces: 1,
    facility_acts.tells_often: 1,
    facility_acts.merges: 1,
    facility_acts.declares: 1,
    facility_acts.replaces_the_citizen_id: 1,
    facility_acts.rules_on_a_record: 1,
    facility_acts.lists: 1,
    facility_acts.reads_metadata: 1,
    desk_acts.searches: 1,
    desk_acts.looks_at_tasks: 1,
    desk_acts.acts_at_the_desk: 3,
    desk_acts.reports_a_lost_phone: 1,
    desk_acts.looks_at_what_waits: 2,
    desk_acts.resends: 2,
    desk_acts.makes_a_slip: 1,
    desk_acts.binds_a_number: 1,
    desk_acts.admits_a_caregiver: 1,
    desk_acts.reads_a_card: 1,
    desk_acts.looks_a_text_up: 1,
    outsider_acts.knocks: 1,
    outsider_acts.signs_in_as_the_person: 2,
    outsider_acts.types_a_slip: 1,
    outsider_acts.reads_along: 1,
}
"""Each with how often it is chosen beside the others."""
OF_TEXTS: Final[dict[Act, int]] = {
    facility_acts.registers: 2,
    facility_acts.reports: 3,
    facility_acts.tells: 1,
    facility_acts.announces: 4,
    facility_acts.tells_often: 3,
    facility_acts.lists: 1,
    desk_acts.resends: 1,
}
"""A script of texts alone: what groups them, and what caps them."""
AT_THE_END: Final[tuple[Act, ...]] = (
    outsider_acts.reads_along,
    facility_acts.lists,
    desk_acts.looks_at_all_lists,
)
"""What every script ends with."""


def some_acts(dice: Dice, count: int, *, of_texts: bool) -> list[Act]:
    among = OF_TEXTS if of_texts else ACTS
    return dice.choices(list(among), weights=list(among.values()), k=count)


def pause(dice: Dice) -> timedelta:
    """How long B waits before its next act."""
    return timedelta(minutes=dice.choice((1, 2, 3, 5, 8, 35, 61)))
