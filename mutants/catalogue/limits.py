"""What breaks the limits on strangers, on staff's names, on readings, and the breaker of Redis."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="breaker_forgets",
        breaks="each question waits anew while Redis hangs",
        test="tests/api/test_hanging_valkey.py::test_ten_bound_readings_cost_one_time_out_together",
        changes=[
            Change(
                "backend/core/redis.py",
                old="""\
        self.breaker.let_through(self)
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="breaker_own_sleep",
        breaks="a process that was busy takes Redis for hanging, and refuses codes for a while",
        test="tests/api/test_hanging_valkey.py::test_a_process_that_slept_does_not_take_redis_for_hanging",
        changes=[
            Change(
                "backend/core/redis.py",
                old="""\
            async with _Patience():
""",
                new="""\
            async with asyncio.timeout(ANSWER_SECONDS):
""",
            ),
        ],
    ),
    Mutant(
        name="proofs_endless",
        breaks="strangers leave as many proofs in the database as they like",
        test="tests/auth/dpop/test_proof_limit.py::test_what_comes_on_top_leaves_nothing_and_other_networks_and_minutes_go_on",
        changes=[
            Change(
                "backend/auth/dpop/device_key.py",
                old="""\
    if method not in READINGS:
""",
                new="""\
    if method in READINGS:
""",
            ),
        ],
    ),
    Mutant(
        name="breaker_everybody_probes",
        breaks="all questions ask a hanging Redis again after the pause, and not one ping",
        test="tests/api/test_hanging_valkey.py::test_of_fifty_at_once_none_waits_twice_and_then_only_a_ping_asks",
        changes=[
            Change(
                "backend/core/redis.py",
                old="""\
        if self._ask_again_at is None:
            return
        if monotonic()""",
                new="""\
        if self._ask_again_at is None or monotonic() >= self._ask_again_at:
            return
        if monotonic()""",
            ),
        ],
    ),
    Mutant(
        name="breaker_stays_open",
        breaks="a Redis that answers again is never asked again",
        test="tests/api/test_hanging_valkey.py::test_when_it_goes_on_one_ping_closes_the_breaker_again",
        changes=[
            Change(
                "backend/core/redis.py",
                old="""\
            self.answered()
            log.info""",
                new="""\
            log.info""",
            ),
        ],
    ),
    Mutant(
        name="refusals_each",
        breaks="each refusal of a stranger is an audit row that is kept for ever",
        test="tests/matrix/test_strangers.py::test_a_stranger_leaves_few_rows_however_often_they_knock[POST /v1/sign-in/sessions]",
        changes=[
            Change(
                "backend/core/refusals.py",
                old="""\
    return [row["key"] for row in rows if row["begins"]]
""",
                new="""\
    return [row["key"] for row in rows]
""",
            ),
        ],
    ),
    Mutant(
        name="refusals_hide",
        breaks="what follows the first refusal is counted and never written down",
        test="tests/core/test_refusals.py::test_of_150_refusals_the_first_has_a_row_and_one_row_stands_for_149",
        changes=[
            Change(
                "backend/core/refusals.py",
                old="""\
        " WHERE times > 1",
""",
                new="""\
        " WHERE times < 1",
""",
            ),
        ],
    ),
    Mutant(
        name="refusals_from_everywhere",
        breaks="strangers with many networks write rows without a bound",
        test="tests/core/test_refusals.py::test_strangers_from_everywhere_are_counted_together_and_somebody_hears_of_it",
        changes=[
            Change(
                "backend/core/refusals.py",
                old="""\
        kept = _from_anywhere(batch) if full else dict(batch)
""",
                new="""\
        kept = dict(batch)
""",
            ),
        ],
    ),
    Mutant(
        name="chain_without_numbers",
        breaks="a row that stood for many refusals can be made to stand for one",
        test="tests/core/test_refusals.py::test_the_chain_covers_how_many_a_row_stands_for",
        changes=[
            Change(
                "backend/core/audit.py",
                old="""\
    "result", "stands_for",
""",
                new="""\
    "result",
""",
            ),
        ],
    ),
    Mutant(
        name="staff_lock_everywhere",
        breaks="wrong tries from anywhere lock a member of staff where they signed in before",
        test="tests/support/staff/test_locks.py::test_a_place_where_they_signed_in_before_stays_open_while_a_crowd_tries_the_name",
        changes=[
            Change(
                "backend/support/staff/sign_in_tries.py",
                old="""\
       EXISTS (SELECT FROM here WHERE known_at IS NOT NULL)
       OR EXISTS""",
                new="""\
       EXISTS""",
            ),
        ],
    ),
    Mutant(
        name="staff_lock_nowhere",
        breaks="a crowd may try a name of staff as often as it has addresses",
        test="tests/support/staff/test_locks.py::test_a_crowd_has_twenty_tries_in_an_hour_however_many_places_it_has",
        changes=[
            Change(
                "backend/support/staff/sign_in_tries.py",
                old="""\
          WHERE p.failures < $5 OR""",
                new="""\
          WHERE p.failures < $5 + 1000 OR""",
            ),
        ],
    ),
    Mutant(
        name="readings_endless",
        breaks="a script reads as much as it likes with one session",
        test="tests/auth/access/test_reading_limit.py::test_a_script_is_stopped_and_told_when_it_may_go_on",
        changes=[
            Change(
                "backend/auth/access/guards.py",
                old="""\
    await count_reading(asking)
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="readings_alone",
        breaks="each API process lets a session read its whole limit",
        test="tests/auth/access/test_reading_limit.py::test_a_second_process_hears_of_it_through_redis_in_steps",
        changes=[
            Change(
                "backend/auth/access/reading_limit.py",
                old="""\
    read.everywhere = max(read.everywhere, everywhere)
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="staff_reads_endless",
        breaks="a stolen token of staff searches as often as it likes",
        test="tests/support/staff/test_hourly_limit.py::test_searches_end_and_other_work_goes_on",
        changes=[
            Change(
                "backend/support/staff/guards.py",
                old="""\
    await _check_hour(staff, row, is_opening=is_opening)
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="staff_places_endless",
        breaks="each address of a crowd that tries a name of staff leaves a row",
        test="tests/support/staff/test_locks.py::test_a_crowd_of_many_places_makes_no_row_for_each",
        changes=[
            Change(
                "backend/support/staff/sign_in_tries.py",
                old="""\
                  THEN $2 ELSE '' END AS network
""",
                new="""\
                  THEN $2 ELSE $2 END AS network
""",
            ),
        ],
    ),
]
