"""A large honest hospital is never held; a thief with its key is stopped, whatever the shape."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from backend.notifications.kinds import Kind
from tests.harness.notifications.hospital_week import (
    Hospital,
    Ledger,
    TextToBe,
    limits,
    play,
    week,
)

NIGHT, MORNING = timedelta(hours=2), timedelta(hours=8)
KINDS = (
    Kind.QUEUE_CALLED, Kind.RESULT_READY, Kind.APPOINTMENT_BOOKED, Kind.PHONE_PROPOSED, Kind.CODE,
)  # fmt: skip
A_SECOND = timedelta(seconds=1) / 12
"""A stolen key was seen to send twelve texts in a second."""


def shown(name: str, ledger: Ledger, begins: timedelta = timedelta(0)) -> str:
    """Put it into a line: `pytest -s` shows it."""
    alarm = "no alarm"
    if ledger.first_brake is not None:
        at, left = ledger.first_brake
        alarm = f"alarm after {(at - begins).total_seconds():.1f} s and {left} texts"
    braked = {brake.value: count for brake, count in ledger.braked.items()}
    most = f"at most {ledger.most_in_an_hour} first an hour"
    return f"{name}: {ledger.left} left, {most}, {alarm}, {braked}"


@pytest.mark.parametrize("seed", range(5))
def test_a_hospital_of_two_thousand_patients_a_day_is_never_held(seed: int) -> None:
    hospital = Hospital.of_a_province(seed)

    ledger = play(week(hospital), hospital.phones)

    print(shown(f"week {seed}, {len(hospital.phones)} charts", ledger))  # noqa: T201  # for the note
    assert dict(ledger.braked) == {}
    assert ledger.left > 40_000


def rush(
    phones: list[str], kinds: tuple[Kind, ...], texts: int, begins: timedelta, pause: timedelta
) -> Iterator[TextToBe]:
    """One text after the other, each to the next number and of the next kind."""
    for n in range(texts):
        yield TextToBe(begins + n * pause, n % len(phones), kinds[n % len(kinds)])


def neighbours(n: int) -> list[str]:
    return [f"+8497123{each:04}" for each in range(n)]


def anywhere(n: int) -> list[str]:
    return [f"+849{each * 7919 % 10**8:08}" for each in range(n)]


SHAPES = {
    "neighbours": (neighbours(5000), KINDS[:1], 5000, MORNING, A_SECOND, 40),
    "neighbours by night": (neighbours(5000), KINDS[:1], 5000, NIGHT, A_SECOND, 40),
    "neighbours, all kinds": (neighbours(5000), KINDS, 5000, MORNING, A_SECOND, 40),
    "neighbours, codes only": (neighbours(5000), KINDS[4:], 5000, MORNING, A_SECOND, 40),
    "anywhere": (anywhere(20000), KINDS[:1], 20000, MORNING, A_SECOND, 500),
    "anywhere, all kinds": (anywhere(20000), KINDS, 20000, MORNING, A_SECOND, 500),
    "one number": (anywhere(1), KINDS[:1], 5000, MORNING, A_SECOND, 6),
    "one number, all charts": (anywhere(1) * 5000, KINDS[:1], 5000, MORNING, A_SECOND, 20),
    "twenty numbers": (anywhere(20), KINDS[:1], 5000, MORNING, A_SECOND, 120),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_thief_is_stopped_and_seen(shape: str) -> None:
    phones, kinds, texts, begins, pause, most = SHAPES[shape]

    ledger = play(rush(phones, kinds, texts, begins, pause), phones)

    print(shown(shape, ledger, begins))  # noqa: T201  # for the note
    assert ledger.first_brake is not None
    at, left = ledger.first_brake
    assert left <= most
    assert at - begins <= timedelta(minutes=1)


@pytest.mark.parametrize(("spread", "most"), [(neighbours, 40), (anywhere, 500)])
def test_a_thief_with_the_key_of_the_busy_hospital_is_stopped(
    spread: Callable[[int], list[str]], most: int
) -> None:
    hospital = Hospital.of_a_province(7)
    honest = list(week(hospital, days=2))
    begins, first = timedelta(days=1, hours=9), len(hospital.phones)
    phones = hospital.phones + spread(5000)
    theft = [TextToBe(begins + n * A_SECOND, first + n, Kind.QUEUE_CALLED) for n in range(5000)]
    until = begins + timedelta(minutes=10)

    ledger = play([text for text in honest if text.at < begins], phones)
    play([each for each in [*honest, *theft] if begins <= each.at < until], phones, ledger)

    print(shown(f"the hospital and {spread.__name__}", ledger, begins))  # noqa: T201  # for the note
    assert ledger.first_brake is not None
    at, _ = ledger.first_brake
    assert timedelta(0) <= at - begins < timedelta(minutes=1)
    assert len(ledger.reached & set(phones[first:])) <= most


def test_a_thief_who_waits_and_sends_slowly_gets_no_more_than_the_budget() -> None:
    """Beneath every limit an hour: what it costs is bounded, and nothing sees it."""
    phones = anywhere(12_000)
    slow = rush(phones, KINDS[:1], 12_000, timedelta(0), timedelta(hours=1) / 499)

    ledger = play(slow, phones)

    print(shown("slowly", ledger))  # noqa: T201  # for the note
    assert ledger.most_in_an_hour <= limits().first_per_hour
