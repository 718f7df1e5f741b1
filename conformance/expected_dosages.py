"""What a careful pharmacist makes of the official MedicationRequest examples, in our own words.

Each was read as it stands, words and structure together. Where the two differ, where a dose hangs
on how somebody feels, weighs or is measured, or where nobody says when the first is, the answer is
`TEXT`: shown in the doctor's words, and no alarm.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

TEXT: Final = None


@dataclass(frozen=True, slots=True)
class Daily:
    """Doses at these parts or hours of each day of a course."""

    at: tuple[str, ...]
    amount: str
    first: date
    days: int
    weekday: int | None = None

    def all(self) -> Iterator[tuple[str, str, str]]:
        """Give each dose as day, place in the day, and amount."""
        for n in range(self.days):
            day = self.first + timedelta(days=n)
            if self.weekday in {None, day.weekday()}:
                yield from ((day.isoformat(), each, self.amount) for each in self.at)


WRITTEN: Final = date(2015, 1, 15)
MORNING: Final = ("morning",)
TWICE: Final = ("morning", "evening")
THRICE: Final = ("morning", "noon", "evening")
FOUR_TIMES: Final = ("morning", "noon", "afternoon", "evening")

EXPECTED: Final[dict[str, Daily | None]] = {
    "medrx002": TEXT,  # words alone, and not in a grammar
    "medrx0301": TEXT,  # as needed, a range of both
    "medrx0302": TEXT,  # first two, then one: the number of days is in words only
    "medrx0303": TEXT,  # a tapering course whose dates and words differ
    "medrx0304": Daily(FOUR_TIMES, "10 drop", WRITTEN, 10),
    "medrx0305": TEXT,  # as needed
    "medrx0306": TEXT,  # depends on blood counts
    "medrx0307": TEXT,  # as needed
    "medrx0308": TEXT,  # as needed
    "medrx0309": TEXT,  # for a surface of skin; twice a day in words, every second day otherwise
    "medrx0310": TEXT,  # as needed, one or two
    "medrx0311": Daily(MORNING, "1 TAB", WRITTEN, 30),
    "medrx0312": Daily(THRICE, "100 mg", WRITTEN, 30),
    "medrx0313": Daily(MORNING, "500 mg", WRITTEN, 5),
    "medrx0314": Daily(MORNING, "75 mcg", WRITTEN, 30),
    "medrx0315": TEXT,  # as needed, for each kilogram
    "medrx0316": TEXT,  # an infusion every three weeks
    "medrx0317": TEXT,  # raised until tolerated
    "medrx0318": TEXT,  # six hours apart, and nobody says from when
    "medrx0319": TEXT,  # an infusion
    "medrx0320": Daily(THRICE, "20 U", WRITTEN, 30),
    "medrx0321": TEXT,  # three meals, each with another amount, two of them in words only
    "medrx0322": TEXT,  # an infusion
    "medrx0323": TEXT,  # an infusion at an event
    "medrx0324": TEXT,  # as needed, to a maximum
    "medrx0325": Daily(FOUR_TIMES, "", WRITTEN, 10),
    "medrx0326": Daily(TWICE, "", WRITTEN, 30),
    "medrx0327": TEXT,  # three days of a week, and nobody says which
    "medrx0328": Daily(TWICE, "", WRITTEN, 30),
    "medrx0329": TEXT,  # an ointment without a name: only what it is made of
    "medrx0330": Daily(TWICE, "1 OPDROP", WRITTEN, 30),
    "medrx0331": Daily(MORNING, "7 mg", WRITTEN, 30),
    "medrx0332": TEXT,  # once, and nobody says when
    "medrx0333": TEXT,  # one in words, one to two otherwise
    "medrx0334": Daily(FOUR_TIMES, "", WRITTEN, 10, weekday=0),
    "medrx0335": Daily(("09:00",), "", WRITTEN, 10),
    "medrx0336": TEXT,  # an infusion
    "medrx0337": TEXT,  # an infusion
    "medrx0338": TEXT,  # an infusion
    "medrx0339": TEXT,  # two things a day; that one is at bedtime is in words only
}
"""If it were in force: most of the examples are completed or on hold."""

REPLACES: Final = {"medrx0312": "medrx0304", "medrx0313": "medrx0318"}
"""Which of them say that they take another one's place."""
