"""What breaks the safeties of claiming ahead: deadline, facts, slots, wake, stop, one statement."""

from mutants.mutant import Change, Mutant

_AHEAD = "tests/notifications/delivery/test_ahead.py"
_SLOTS = "tests/notifications/delivery/test_slots.py"
_DISPATCHER = "backend/notifications/delivery/dispatcher.py"

MUTANTS = [
    Mutant(
        name="ahead_deadline",
        breaks="what waited past its wire deadline begins all the same",
        test=f"{_AHEAD}::test_what_is_past_its_wire_deadline_is_given_back_and_not_sent",
        changes=[
            Change(
                "backend/notifications/delivery/ahead.py",
                old="""\
        if first.claim.wire_deadline <= now or first.known_at < known_since:
""",
                new="""\
        if first.known_at < known_since:
""",
            ),
        ],
    ),
    Mutant(
        name="ahead_late",
        breaks="what is past its wire deadline is kept until other workers hold it for doubtful",
        test=f"{_AHEAD}::test_what_is_past_its_wire_deadline_is_given_back_and_not_sent",
        changes=[
            Change(
                _DISPATCHER,
                old="""\
        self._give_back(self.ahead.take_late(now))
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="ahead_facts",
        breaks="what has waited begins with the facts of its claim, however old they are",
        test=f"{_AHEAD}::test_what_is_so_no_more_when_its_turn_comes_is_not_sent[not me]",
        changes=[
            Change(
                "backend/notifications/delivery/ahead.py",
                old="""\
        if first.claim.wire_deadline <= now or first.known_at < known_since:
""",
                new="""\
        if first.claim.wire_deadline <= now or known_since < 0:
""",
            ),
            Change(
                _DISPATCHER,
                old="""\
            changed, gone = await look_again(waited)
""",
                new="""\
            changed, gone = (await look_again(waited))[0][:0], set()
""",
            ),
        ],
    ),
    Mutant(
        name="ahead_suspended",
        breaks="what a suspended facility has told is sent when it was claimed before",
        test=f"{_AHEAD}::test_what_a_suspended_facility_has_told_is_given_back_and_held",
        changes=[
            Change(
                "backend/notifications/delivery/claiming.py",
                old="""\
    SELECT {_FACTS}, {_SUPERSEDED} {_OF_EACH} WHERE n.kind <> ALL($6) OR f.suspended_at IS NULL
""",
                new="""\
    SELECT {_FACTS}, {_SUPERSEDED} {_OF_EACH} WHERE n.kind <> ALL($6) OR true
""",
            ),
        ],
    ),
    Mutant(
        name="ahead_superseded",
        breaks="an older state is sent after a newer one was told",
        test=f"{_AHEAD}::test_what_is_so_no_more_when_its_turn_comes_is_not_sent[newer state]",
        changes=[
            Change(
                "backend/notifications/delivery/claiming.py",
                old="""\
              AND m.id <> n.id AND m.created_at > n.created_at AND m.grouped_into IS NULL
""",
                new="""\
              AND m.id = n.id AND m.created_at > n.created_at AND m.grouped_into IS NULL
""",
            ),
        ],
    ),
    Mutant(
        name="ahead_taken_over",
        breaks="a worker begins what another one has claimed since",
        test=f"{_AHEAD}::test_what_another_worker_has_taken_over_is_not_begun",
        changes=[
            Change(
                "backend/notifications/delivery/claiming.py",
                old="""\
     WHERE d.status = 'sending' AND d.attempts = h.number
""",
                new="""\
     WHERE d.status = 'sending'
""",
            ),
        ],
    ),
    Mutant(
        name="ahead_reserved",
        breaks="no slot is kept for a code while results hang",
        test=f"{_SLOTS}::test_results_may_use_every_slot_and_a_code_still_begins_at_once",
        changes=[
            Change(
                _DISPATCHER,
                old="""\
        return self.in_flight + (self._reserved if lane <= Lane.IN_BUILDING else 0)
""",
                new="""\
        return self.in_flight + (0 if lane <= Lane.IN_BUILDING else 0)
""",
            ),
        ],
    ),
    Mutant(
        name="ahead_lanes",
        breaks="what was claimed first begins first, whatever its lane",
        test=f"{_SLOTS}::test_a_code_takes_the_next_free_slot_before_results_that_wait",
        changes=[
            Change(
                "backend/notifications/delivery/ahead.py",
                old="""\
            heappush(self._held, _Held(claim.lane, place, claim, known_at))
""",
                new="""\
            heappush(self._held, _Held(0, place, claim, known_at))
""",
            ),
        ],
    ),
    Mutant(
        name="ahead_stop",
        breaks="a worker that stops keeps what it has not begun until its lease is over",
        test=f"{_AHEAD}::test_a_worker_that_stops_gives_back_at_once_what_it_has_not_begun",
        changes=[
            Change(
                _DISPATCHER,
                old="""\
        self._give_back(self.ahead.take_all())
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="ahead_place",
        breaks="what is given back goes behind all that came due since",
        test=f"{_AHEAD}::test_a_worker_that_stops_gives_back_at_once_what_it_has_not_begun",
        changes=[
            Change(
                "backend/notifications/delivery/outcomes.py",
                old="""\
           due_at = CASE WHEN a.status = 'planned' AND a.wait > 0
""",
                new="""\
           due_at = CASE WHEN a.status = 'planned'
""",
            ),
        ],
    ),
    Mutant(
        name="ahead_moved",
        breaks="what moves to another chart while it waits is told to nobody",
        test=f"{_AHEAD}::test_a_notice_that_moves_while_it_waits_is_told_to_its_new_owner",
        changes=[
            Change(
                "backend/notifications/delivery/outcomes.py",
                old="""\
    if answer.code == MERGED:
""",
                new="""\
    if answer.code == "":
""",
            ),
        ],
    ),
    Mutant(
        name="wake_lost",
        breaks="a wake that comes while a claim runs is lost",
        test=f"{_SLOTS}::test_a_wake_that_comes_while_a_claim_runs_is_not_lost",
        changes=[
            Change(
                "backend/worker.py",
                old="""\
        waking = asyncio.create_task(dispatcher.woken.wait())
""",
                new="""\
        dispatcher.woken.clear()
        waking = asyncio.create_task(dispatcher.woken.wait())
""",
            ),
        ],
    ),
    Mutant(
        name="answer_patience",
        breaks="a batch of answers waits for a held row as long as somebody holds it",
        test="tests/notifications/delivery/test_each_by_itself.py::test_an_answer_whose_delivery_somebody_holds_keeps_no_other_waiting",
        changes=[
            Change(
                "backend/notifications/delivery/outcomes.py",
                old="""\
    SELECT set_config('lock_timeout', $8, true)
""",
                new="""\
    SELECT $8::text
""",
            ),
        ],
    ),
]
