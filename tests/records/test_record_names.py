"""Which stored record a sender means: rules alone, for any set of identifiers in any order."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.records.record_names import (
    AnotherId,
    OwnIdentifier,
    RecordNames,
    Several,
    StoredNames,
    meant,
    names_after,
    plain,
)


def own(*pairs: str) -> tuple[OwnIdentifier, ...]:
    """Give identifiers of `system:value`."""
    return tuple(OwnIdentifier(pair.partition(":")[0], pair) for pair in pairs)


@dataclass
class Store:
    """Records as the hub keeps them, by what they are called."""

    records: list[StoredNames] = field(default_factory=list)

    def take(self, said: RecordNames) -> int:
        """File one; give the place of its row."""
        described = [f"~{said.described}"] if said.described else []
        numbers = {
            i.name for i in said.identifiers if any(f"#{i.name}" in r.names for r in self.records)
        }
        before = meant(said, self.records, numbers, described)
        place = len(self.records) if before is None else self.records.index(before)
        given_id = [] if said.id else [f"given{place}"]
        names, pairs = names_after(said, before, numbers, given_id, "".join(described))
        now = StoredNames(
            key=f"r{place:03}",
            names=frozenset(names),
            pairs=frozenset(pairs),
            has_id=bool(said.id) or (before is not None and before.has_id),
        )
        self.records[place:] = [now, *self.records[place + 1 :]]
        return place


def posted(*pairs: str, numbers: tuple[str, ...] = (), described: str = "") -> RecordNames:
    return RecordNames(identifiers=own(*pairs), numbers=numbers, described=described)


TOKENS = st.lists(
    st.sampled_from([f"{system}:{value}" for system in "ABC" for value in range(4)]),
    unique_by=lambda token: token[0],
    min_size=1,
)
"""Sets of identifiers, of each system one: what one record of one sender has."""


@given(st.lists(TOKENS, max_size=6), st.data())
def test_any_order_of_identifiers_and_any_repetition_end_in_the_same_rows(
    sets: list[list[str]], data: st.DataObject
) -> None:
    store, rows = Store(), []
    for tokens in sets:
        try:
            rows.append(store.take(posted(*tokens)))
        except Several:
            return  # refused: nothing was stored
    ends = list(store.records)

    for tokens, row in zip(sets, rows, strict=True):
        again = data.draw(st.permutations(tokens))
        try:
            assert store.take(posted(*again)) == row
        except Several:
            continue  # what came later shares an identifier too
    assert {r.key for r in store.records} == {r.key for r in ends}


@given(TOKENS, st.data())
def test_any_part_of_a_set_is_the_record(tokens: list[str], data: st.DataObject) -> None:
    store = Store()
    store.take(posted(*tokens))

    part = data.draw(st.lists(st.sampled_from(tokens), min_size=1, unique=True))

    assert store.take(posted(*part)) == 0


@given(st.lists(TOKENS, min_size=1, max_size=5), st.data())
def test_a_record_that_was_put_keeps_its_id(sets: list[list[str]], data: st.DataObject) -> None:
    store = Store()
    for n, tokens in enumerate(sets):
        assert store.take(RecordNames(id=f"x{n}", identifiers=own(*tokens))) == n

    for n in data.draw(st.permutations(range(len(sets)))):
        changed = data.draw(TOKENS)
        assert store.take(RecordNames(id=f"x{n}", identifiers=own(*changed))) == n
        assert store.records[n].own == frozenset(changed)


def test_another_value_of_one_system_is_another_record() -> None:
    store = Store()

    assert store.take(posted("A:1", "B:1")) == 0
    assert store.take(posted("A:1", "B:2")) == 1
    assert store.take(posted("B:2")) == 1
    with pytest.raises(Several):
        store.take(posted("A:1"))


def test_two_records_that_share_an_identifier_with_a_third_are_not_chosen_from() -> None:
    store = Store()
    store.take(posted("A:1"))
    store.take(posted("B:1"))

    with pytest.raises(Several):
        store.take(posted("A:1", "B:1"))


def test_numbers_of_several_records_identify_none() -> None:
    store = Store()

    one = store.take(posted(numbers=("V:1",), described="na"))
    other = store.take(posted(numbers=("V:1",), described="k"))

    assert (one, other) == (0, 1)
    assert store.take(posted(numbers=("V:1",), described="na")) == 0
    assert store.take(posted("V:1", described="ca")) == 2


def test_a_number_that_several_turn_out_to_have_is_nobodys_own_any_more() -> None:
    store = Store()
    first = store.take(posted("V:1", described="na"))

    again = store.take(posted(numbers=("V:1",), described="na"))
    second = store.take(posted(numbers=("V:1",), described="k"))

    assert (first, again, second) == (0, 0, 1)
    assert not any(record.pairs for record in store.records)
    assert all("V:1" in plain(record.names) for record in store.records)


def test_a_put_gives_its_id_to_the_one_record_without_an_id_that_it_means() -> None:
    store = Store()
    store.take(posted("A:1"))
    store.take(posted(described="same"))

    assert store.take(RecordNames(id="x", identifiers=own("A:1"))) == 0
    assert store.take(RecordNames(id="y", described="same")) == 1
    assert store.take(RecordNames(id="z", identifiers=own("A:1"))) == 2
    with pytest.raises(Several):
        store.take(posted("A:1"))


def test_a_record_that_is_sought_may_not_be_said_to_be_another() -> None:
    store = Store()
    store.take(RecordNames(id="a", identifiers=own("A:1")))
    store.take(RecordNames(id="b", identifiers=own("A:2")))

    with pytest.raises(AnotherId):
        store.take(RecordNames(sought="A:1", body_id="b", identifiers=own("A:1")))

    assert store.take(RecordNames(sought="A:1", body_id="a", identifiers=own("A:1"))) == 0
    assert store.take(RecordNames(sought="A:3", identifiers=own("A:3"))) == 2
