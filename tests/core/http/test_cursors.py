"""A cursor opens one list for one reader; anything else is refused, with a code."""

from uuid import UUID

import pytest

from backend.core.database import new_id
from backend.core.http.pagination import BadCursor, PagedList

LAN, TU = UUID(int=1), UUID(int=2)
ROW = new_id()
RESULTS = PagedList("result", LAN)
OTHERS = (PagedList("visit", LAN), PagedList("result", TU), PagedList("result", LAN, TU))


def refused(pages: PagedList, cursor: str) -> bool:
    for opens in (pages.row_in, pages.time_in):
        try:
            opens(cursor)
        except BadCursor:
            continue
        return False
    return True


@pytest.mark.parametrize(
    "at", ["2026-11-30 17:00:00.000001+00", "infinity", "-infinity", "4713-01-01 00:00:00+00 BC"]
)
def test_a_cursor_gives_the_place_that_it_was_made_from(at: str) -> None:
    assert RESULTS.row_in(RESULTS.cursor(ROW)) == ROW
    assert RESULTS.time_in(RESULTS.time_cursor(at, ROW)) == (at, ROW)
    assert (RESULTS.cursor(None), RESULTS.row_in(None)) == (None, None)
    assert RESULTS.time_in(None) == (None, None)


def test_the_same_place_has_the_same_cursor() -> None:
    assert RESULTS.cursor(ROW) == RESULTS.cursor(ROW)
    assert PagedList("result", LAN, LAN).cursor(ROW) == RESULTS.cursor(ROW)  # `me`, or one's id


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: f"{other.name} {other.owner}")
def test_a_cursor_of_another_list_or_reader_is_refused(other: PagedList) -> None:
    cursor = RESULTS.cursor(ROW)
    assert cursor

    assert refused(other, cursor)
    assert refused(other, RESULTS.time_cursor("2026-11-30 17:00:00+00", ROW))


def test_an_altered_cursor_is_refused_whichever_letter_is_another() -> None:
    cursor = RESULTS.time_cursor("2026-11-30 17:00:00+00", ROW)

    for n, letter in enumerate(cursor):
        other = "A" if letter != "A" else "B"
        assert refused(RESULTS, cursor[:n] + other + cursor[n + 1 :])
        assert refused(RESULTS, cursor[:n])
    for more in ("=", "==", "A", " ", "\n", "/", "%00", "\u0661"):
        assert refused(RESULTS, cursor + more)


@pytest.mark.parametrize(
    "cursor", ["", "=", "x", "MjAyNg", "A" * 200, "A" * 1_000_000, "\0", "é", "//8", "-_8", "…"]
)
def test_a_hand_made_cursor_is_refused(cursor: str) -> None:
    assert refused(RESULTS, cursor)
