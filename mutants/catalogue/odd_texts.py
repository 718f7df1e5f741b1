"""What lets one text that cannot be counted, let go or ended stop the others."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="rows_room",
        breaks="texts to a number that does not open take the room of others",
        test="tests/notifications/brakes/test_booking.py::test_texts_to_a_number_that_does_not_open_take_nobodys_room",
        changes=[
            Change(
                "backend/notifications/brakes/counting.py",
                old="""\
        return not row["moot"] and row["id"] not in self.unreadable
""",
                new="""\
        return not row["moot"]
""",
            ),
        ],
    ),
    Mutant(
        name="rows_busy_facility",
        breaks="a worker that hangs while it counts for one facility stops the texts of others",
        test="tests/notifications/brakes/test_booking.py::test_behind_a_facility_that_another_worker_counts_others_are_counted",
        changes=[
            Change(
                "backend/notifications/brakes/booking.py",
                old="""\
        more, _ = await _book_head(but, busy, only)
""",
                new="""\
        more, _ = await _book_head(but, (), only)
""",
            ),
        ],
    ),
    Mutant(
        name="rows_not_ended",
        breaks="a delivery that nobody can end stops all others",
        test="tests/planted_rows/test_duties.py::test_one_bad_row_stops_no_other[claim: delivery, not to be ended]",
        changes=[
            Change(
                "backend/notifications/delivery/claiming.py",
                old="""\
        await _ASIDE.put(delivery, refused)
""",
                new="""\
        raise refused
""",
            ),
        ],
    ),
    Mutant(
        name="rows_let_leave",
        breaks="one text that cannot leave keeps all others of its facility",
        test="tests/planted_rows/test_duties.py::test_one_bad_row_stops_no_other[let_leave: waiting_text, refused]",
        changes=[
            Change(
                "backend/notifications/brakes/held_texts.py",
                old="""\
    for row in await fetch(_LIST, *_room(facility), None):
""",
                new="""\
    for row in await fetch(_LIST, *_room(facility), UUID(int=0)):
""",
            ),
        ],
    ),
    Mutant(
        name="rows_booking_apart",
        breaks="a push waits where texts cannot be counted",
        test="tests/planted_rows/test_duties.py::test_texts_that_cannot_be_counted_keep_no_push",
        changes=[
            Change(
                "backend/notifications/delivery/claiming.py",
                old="""\
        if is_engine_away(surprise):
            raise
        DUTY_FAILURES""",
                new="""\
        raise
        DUTY_FAILURES""",
            ),
        ],
    ),
    Mutant(
        name="rows_newer_text",
        breaks="texts of a channel that a worker does not know keep all others from being counted",
        test="tests/planted_rows/test_duties.py::test_one_bad_row_stops_no_other[claim: delivery.channel, newer]",
        changes=[
            Change(
                "backend/notifications/brakes/booking.py",
                old="""\
   AND channel = ANY($3) AND id <> ALL($5)
""",
                new="""\
   AND $3::text[] IS NOT NULL AND id <> ALL($5)
""",
            ),
        ],
    ),
]
