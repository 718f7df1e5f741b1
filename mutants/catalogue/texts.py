"""What breaks the brakes on texts, and the suspension of a facility."""

from mutants.mutant import Change, Mutant

BOOKING = "tests/notifications/brakes/test_booking.py"
SUSPENSION = "tests/notifications/brakes/test_suspension.py"
COUNTING = "backend/notifications/brakes/counting.py"

MUTANTS = [
    Mutant(
        name="text_prefix",
        breaks="texts to neighbouring numbers go on without end",
        test=f"{BOOKING}::test_neighbouring_numbers_of_one_facility_trip_the_brake_before_fifty",
        changes=[
            Change(
                "backend/notifications/brakes/numbers.py",
                old="""\
    return number[1 : 1 + PREFIX_DIGITS]
""",
                new="""\
    return number
""",
            ),
        ],
    ),
    Mutant(
        name="text_code_prefix",
        breaks="the number of a code is counted for all facilities together",
        test="tests/auth/credentials/test_sms_quota.py::test_what_another_hospital_states_uses_up_nobodys_codes",
        changes=[
            Change(
                "backend/auth/credentials/sms_quota.py",
                old="""\
    own = f"{row['counted_for']} {challenge.counted_for}".rstrip()
""",
                new="""\
    own = ""
""",
            ),
        ],
    ),
    Mutant(
        name="text_budget",
        breaks="first texts beyond the budget leave",
        test=f"{BOOKING}::test_first_texts_beyond_the_budget_wait_with_an_alarm",
        changes=[
            Change(
                COUNTING,
                old="""\
            self.firsts[row["facility"]] = self.firsts.get(row["facility"], 0) + 1
""",
                new="""\
            self.firsts[row["facility"]] = self.firsts.get(row["facility"], 0)
""",
            ),
        ],
    ),
    Mutant(
        name="text_lock",
        breaks="two workers spend one budget twice",
        test=f"{BOOKING}::test_two_workers_do_not_spend_one_budget_twice",
        changes=[
            Change(
                "backend/notifications/brakes/booking.py",
                old="""\
        free = {row["facility"] for row in texts if row["locked"]}
""",
                new="""\
        free = {row["facility"] for row in texts}
""",
            ),
        ],
    ),
    Mutant(
        name="text_chart",
        breaks="one patient gets texts without end",
        test=f"{BOOKING}::test_a_call_to_the_counter_beyond_the_cap_is_dropped_and_says_why",
        changes=[
            Change(
                "backend/notifications/brakes/rules.py",
                old="""\
    capped = text.origin is not Origin.CODE
""",
                new="""\
    capped = False
""",
            ),
        ],
    ),
    Mutant(
        name="text_order",
        breaks="what comes new takes the room of what waits",
        test="tests/notifications/brakes/test_held_texts.py::test_a_burst_to_neighbours_does_not_take_the_room_of_the_others",
        changes=[
            Change(
                COUNTING,
                old="""\
            self._takes_room(row, of_facility=brake is Brake.FIRST)
""",
                new="""\
            self._takes_room(row)
""",
            ),
        ],
    ),
    Mutant(
        name="facility_suspended",
        breaks="what a suspended facility told is not held",
        test=f"{SUSPENSION}::test_what_it_tells_is_held_and_what_is_not_its_own_leaves",
        changes=[
            Change(
                "backend/notifications/brakes/booking.py",
                old="""\
   AND ((f.suspended_at IS NOT NULL AND n.kind = ANY($2)) OR (d.unbooked AND c.id IS NOT NULL))
""",
                new="""\
   AND (d.unbooked AND c.id IS NOT NULL)
""",
            ),
        ],
    ),
    Mutant(
        name="facility_claimed",
        breaks="what was booked before a suspension leaves after it",
        test=f"{SUSPENSION}::test_what_was_booked_before_a_suspension_is_not_claimed_after_it",
        changes=[
            Change(
                "backend/notifications/delivery/claiming.py",
                old="""\
                       OR n.facility <> ALL(s.facilities))
""",
                new="""\
                       OR true)
""",
            ),
        ],
    ),
    Mutant(
        name="facility_claims",
        breaks="a suspension does not wait for the claims that run",
        test=f"{SUSPENSION}::test_a_suspension_waits_for_the_claims_that_run",
        changes=[
            Change(
                "backend/auth/facilities/suspension.py",
                old="""\
    return await _claims_are_over(facility, patience)
""",
                new="""\
    return True
""",
            ),
        ],
    ),
    Mutant(
        name="suspension_wire",
        breaks="a suspension says that no text leaves while a worker still sends one",
        test="tests/notifications/brakes/test_suspension.py::test_a_suspension_says_so_where_a_claimed_text_has_no_answer",
        changes=[
            Change(
                "backend/auth/facilities/suspension.py",
                old="""\
            ) and not await fetch_value(_ON_THE_WIRE, facility):
""",
                new="""\
            ):
""",
            ),
        ],
    ),
]
