"""Drops an index in a transaction, and sees whether a plan goes wrong without it."""

from dataclasses import dataclass, field
from typing import Final, Self

import asyncpg

from tests.growth.asked import ASKING, FUNCTIONS, of_the_source
from tests.growth.plans import Plan, Reader, explained, planned, reader_of

MANY_TIMES: Final = 3
"""A plan that costs so many times more without an index needs it, also where it reads not all."""
READS_ALL: Final = "reads everything"
COSTS_MORE: Final = "costs much more"
NEEDLESS: Final = "not seen to be needed"

NOT_SEEN_TO_BE_NEEDED: Final[dict[str, str]] = {
    r"\w+_names": "asked by statements made while running, with the names of one message",
    r"\w+_unseen": "asked while running, when the policy of a facility changes",
    r"(?!delivery)\w+_release": "of few rows; another index of the chart serves as well",
    r"\w+_of_patient": "kinds that the timeline alone lists, and what a chart has few of",
    r"(observation|result|party|service_request)_by_\w+": "asked with one message",
    r"observation_alone|medicine_replacing": "asked with one message",
    r"appointment_by_time|appointment_starts_at": "calendars and sorts of appointments",
    r"audit_event_unsealed|delivery_held": "what is in hand, beside an index of all",
    r"session_chart_by_slip|slip_live|challenge_by_time": "what is in hand, beside an index of all",
    r"delivery_event_delivery|delivery_provider_id": "for who looks into a message by hand",
    r"\w+_(hash|number|pair|by_prefix|by_time|patient|medicine|act|session|by_key)":
        "another index finds the few rows of this person or number that there are here",
}  # fmt: skip
"""Patterns of names of indexes whose end no plan here tells, and why they stay."""


@dataclass(slots=True)
class Guard:
    """Every statement and function, with the indexes that each of them uses."""

    owner: asyncpg.Connection
    reader: Reader
    statements: dict[str, str] = field(default_factory=dict)
    costs: dict[str, float] = field(default_factory=dict)
    using: dict[str, list[str]] = field(default_factory=dict)
    """By index: the places of statements."""
    calling: dict[str, list[str]] = field(default_factory=dict)
    """By index: the names of functions."""

    @classmethod
    async def of(cls, owner: asyncpg.Connection) -> Self:
        guard = cls(owner, await reader_of(owner), of_the_source())
        for place, text in guard.statements.items():
            plan = await planned(owner, text)
            guard.costs[place] = plan["Total Cost"]
            for index in guard.reader.indexes_of(plan):
                guard.using.setdefault(index, []).append(place)
        for name in FUNCTIONS:
            for index in {i for plan in await called(owner, name)
                          for i in guard.reader.indexes_of(plan)}:  # fmt: skip
                guard.calling.setdefault(index, []).append(name)
        return guard

    async def without(self, index: str) -> str:
        """Say what becomes of what uses an index, without it."""
        turn = self.owner.transaction()
        await turn.start()
        try:
            await self.owner.execute(f"DROP INDEX {index}")
            return await self._worst(index)
        finally:
            await turn.rollback()

    async def _worst(self, index: str) -> str:
        found = NEEDLESS
        for place in self.using.get(index, []):
            plan = await planned(self.owner, self.statements[place])
            if self.reader.faults(plan):
                return READS_ALL
            if plan["Total Cost"] >= MANY_TIMES * self.costs[place]:
                found = COSTS_MORE
        for name in self.calling.get(index, []):
            if any(self.reader.faults(plan) for plan in await called(self.owner, name)):
                return READS_ALL
        return found


async def called(owner: asyncpg.Connection, name: str) -> list[Plan]:
    """Call a function and take back what it did; give its plans."""
    statement, asking = FUNCTIONS[name]
    values = [await owner.fetchval(ASKING[each]) for each in asking]
    async with explained(owner) as plans:
        turn = owner.transaction()
        await turn.start()
        try:
            await owner.fetch(statement, *values)
        finally:
            await turn.rollback()
    return plans
