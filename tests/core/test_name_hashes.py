"""Equal names meet, of one sender and one kind only, and a newer key needs no names."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from backend.core.clock import now
from backend.core.crypto.keys import Key, NoKeys, Placed, _ring, use_ring
from backend.core.crypto.name_hashes import (
    from_letters,
    hash_content,
    hash_name,
    in_letters,
    lay_over,
)
from backend.core.database import new_id

HERE, THERE = new_id(), new_id()
NAME = "urn:his|079153707707"


@pytest.fixture
def before() -> Iterator[None]:
    ring = _ring()
    yield
    use_ring(ring)


def test_equal_names_meet_and_others_do_not() -> None:
    found = hash_name(HERE, "Condition", NAME)

    assert hash_name(HERE, "Condition", NAME) == found
    assert len({found, hash_name(THERE, "Condition", NAME), hash_name(HERE, "Visit", NAME),
                hash_name(HERE, "Condition", NAME + " ")}) == 4  # fmt: skip
    assert len(found) == 32
    assert hash_name(HERE, "Condition", "") == ""


def test_a_newer_key_is_laid_over_what_is_stored(before: None) -> None:
    stored, content = hash_name(HERE, "Condition", NAME), hash_content(b"said")
    newer = Key("naming9", bytes(32))
    ring = _ring()

    use_ring(replace(ring, naming=(Placed(newer, now()), *ring.naming)))

    assert hash_name(HERE, "Condition", NAME) != stored
    assert hash_name(HERE, "Condition", NAME) == in_letters(lay_over(from_letters(stored), newer))
    assert hash_content(b"said") == lay_over(content, newer)


def test_without_a_key_nothing_is_hashed(before: None) -> None:
    use_ring(replace(_ring(), naming=()))

    with pytest.raises(NoKeys):
        hash_name(HERE, "Condition", NAME)
