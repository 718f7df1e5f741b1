"""Merges, the way back and new records in any order: each number leads to the end of its chain."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final
from uuid import UUID

import pytest
from httpx import AsyncClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.core.crypto.name_hashes import hash_name
from backend.records.lifecycle.merge import MergedInACircle
from backend.sandbox.demo.story_bundles import Resource, StoryPerson
from tests.conftest import Database
from tests.harness.records.charts import THIRD, Charts, said, some_charts

MANY: Final = 5
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["merge", "merge", "merge", "take back", "file"]),
        st.integers(0, MANY - 1),
        st.integers(1, MANY - 1),
    ),
    min_size=6, max_size=25,
)  # fmt: skip
"""What happens, to which of the charts, and how far from it the other one of a merge is."""
_runs = count()


@dataclass
class Model:
    """What must be so: whose each number is by right, and into whom it is merged."""

    homes: list[UUID]
    into: dict[int, int] = field(default_factory=dict)
    filed: dict[str, int] = field(default_factory=dict)

    def chain(self, n: int) -> Iterator[int]:
        yield n
        if n in self.into:
            yield from self.chain(self.into[n])

    def owners(self) -> list[UUID]:
        return [self.homes[list(self.chain(n))[-1]] for n in range(MANY)]


@dataclass
class Story:
    """Five charts of one hospital, and what must be so of them."""

    charts: Charts
    people: list[StoryPerson]
    model: Model

    async def happens(self, what: str, n: int, other: int) -> None:
        person, into = self.people[n], self.model.into
        if what == "file":
            name = f"{person.hospital_number}-{len(self.model.filed)}"
            answer = await self.charts.hospital.posts(said(a_condition(name, person)))
            assert answer.status_code == 200, answer.text
            self.model.filed[name] = n
        elif what == "take back":
            assert await self.charts.takes_back(person) == (into.pop(n, None) is not None)
        elif n in self.model.chain(other):
            with pytest.raises(MergedInACircle):
                await self.charts.merges(person, self.people[other])
        else:
            changes = into.get(n) != other
            assert await self.charts.merges(person, self.people[other]) == changes
            into[n] = other

    async def is_as_it_must_be(self) -> None:
        owners = self.model.owners()
        assert [await self.charts.owner(each) for each in self.people] == owners
        rows = await self.charts.database.owner.fetch(
            "SELECT names, patient FROM condition WHERE patient = ANY($1)", self.model.homes
        )
        facility = self.charts.hospital.facility
        hashed = {
            name: hash_name(facility, "Condition", f"urn:test|{name}") for name in self.model.filed
        }
        held = {
            name: row["patient"]
            for name, own in hashed.items()
            for row in rows
            if own in row["names"]
        }
        assert {name: held[name] for name in self.model.filed} == {
            name: owners[n] for name, n in self.model.filed.items()
        }

    async def epochs(self) -> dict[UUID, int]:
        found = await self.charts.epochs()
        return {each: found.get(each, 0) for each in self.model.homes}


def a_condition(name: str, person: StoryPerson) -> Resource:
    return {"resourceType": "Condition", "identifier": [{"system": "urn:test", "value": name}],
            "subject": {"reference": f"Patient/{person.hospital_number}"},
            "code": {"text": "Sốt"}}  # fmt: skip


@pytest.fixture
async def charts(database: Database, client: AsyncClient) -> Charts:
    return await some_charts(database, client)


async def a_story(charts: Charts) -> Story:
    run = next(_runs)
    people = [
        replace(THIRD, hospital_number=f"R{run}-{n}", mobile=f"09{run * MANY + n:08}")
        for n in range(MANY)
    ]
    for each in people:
        await charts.opens(each)
    return Story(charts, people, Model([await charts.owner(each) for each in people]))


@pytest.mark.timeout(180)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=ACTS)
async def test_any_order_of_merges_ends_where_it_must(
    charts: Charts, acts: list[tuple[str, int, int]]
) -> None:
    story = await a_story(charts)
    for what, n, away in acts:
        before, epochs = story.model.owners(), await story.epochs()

        await story.happens(what, n, (n + away) % MANY)

        await story.is_as_it_must_be()
        pairs = zip(before, story.model.owners(), strict=True)
        concerned = {each for pair in pairs if pair[0] != pair[1] for each in pair}
        after = await story.epochs()
        assert {each for each in after if after[each] != epochs[each]} == concerned


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=ACTS)
async def test_all_taken_back_everybody_has_what_came_with_their_number(
    charts: Charts, acts: list[tuple[str, int, int]]
) -> None:
    story = await a_story(charts)
    for what, n, away in acts:
        await story.happens(what, n, (n + away) % MANY)

    for n in range(MANY):
        await story.happens("take back", n, n)

    assert story.model.owners() == story.model.homes
    await story.is_as_it_must_be()
