"""What breaks the limits of bodies, and the helper that reads the large ones."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="open_door_size",
        breaks="a body of any stranger may be as large as one of a patient",
        test="tests/api/test_bodies.py::test_no_open_door_takes_more_than_16_kb_however_it_is_announced",
        changes=[
            Change(
                "backend/api/request_bodies.py",
                old="""\
        return replace(kind, largest=min(kind.largest, OF_ANYBODY))
""",
                new="""\
        return replace(kind)
""",
            ),
        ],
    ),
    Mutant(
        name="key_after_body",
        breaks="a large body is read before anybody looks at the key",
        test="tests/api/large_bodies/test_helper_lost.py::test_without_a_key_not_a_byte_of_a_large_body_is_read",
        changes=[
            Change(
                "backend/api/request_bodies.py",
                old="""\
        scope["state"][_BODY] = body
""",
                new="""\
        scope["state"][_BODY] = body
        await body.up_to(READ_HERE)
""",
            ),
        ],
    ),
    Mutant(
        name="helper_reads",
        breaks="the API parses a large body itself",
        test="tests/api/large_bodies/test_same_answer.py::test_no_large_body_is_parsed_in_the_process_of_the_api",
        changes=[
            Change(
                "backend/api/request_bodies.py",
                old="""\
    large_bodies: LargeBodies | None = request.app.state.large_bodies
""",
                new="""\
    large_bodies: LargeBodies | None = None
""",
            ),
        ],
    ),
    Mutant(
        name="many_values_here",
        breaks="the API parses a body of 1 MB that has a hundred thousand values",
        test="tests/api/large_bodies/test_same_answer.py::test_no_large_body_is_parsed_in_the_process_of_the_api",
        changes=[
            Change(
                "backend/api/request_bodies.py",
                old="""\
    return arriving.size > READ_HERE or most_values(arriving.peek()) > VALUES_READ_HERE
""",
                new="""\
    return arriving.size > READ_HERE
""",
            ),
        ],
    ),
    Mutant(
        name="helper_says_commit",
        breaks="a sender hears that nothing was stored, and it was",
        test="tests/api/large_bodies/test_helper_lost.py::test_a_sender_hears_whether_a_message_whose_helper_died_may_be_stored",
        changes=[
            Change(
                "backend/api/large_bodies/helper.py",
                old="""\
                stage.may_be_stored |= point == UNCOMMITTED
""",
                new="""\
                stage.may_be_stored |= False
""",
            ),
        ],
    ),
    Mutant(
        name="commit_untold",
        breaks="the helper of a hub in production tells nobody that it is about to commit",
        test="tests/api/large_bodies/test_processes.py::test_without_failpoints_the_api_is_told_of_the_commit_and_nothing_else",
        changes=[
            Change(
                "backend/api/large_bodies/process.py",
                old="""\
        if not self._held and point != UNCOMMITTED:
""",
                new="""\
        if not self._held:
""",
            ),
        ],
    ),
    Mutant(
        name="helper_memory",
        breaks="the helper takes whatever memory a message needs",
        test="tests/api/large_bodies/test_helper_lost.py::test_a_message_that_needs_too_much_memory_is_refused_and_the_next_is_not",
        changes=[
            Change(
                "backend/api/large_bodies/process.py",
                old="""\
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
""",
                new="""\
    assert limit
""",
            ),
        ],
    ),
    Mutant(
        name="turns",
        breaks="a hospital waits until all large bodies of another one are read",
        test="tests/api/large_bodies/test_turns.py::test_facilities_take_turns_and_one_body_is_read_at_a_time",
        changes=[
            Change(
                "backend/api/large_bodies/turns.py",
                old="""\
            self._waiting[facility] = deque(waiting)
""",
                new="""\
            self._waiting = {facility: deque(waiting), **self._waiting}
""",
            ),
            Change(
                "backend/api/large_bodies/turns.py",
                old="""\
        for facility in sorted(self._waiting, key=lambda waiting: waiting == self._last):
""",
                new="""\
        for facility in list(self._waiting):
""",
            ),
        ],
    ),
    Mutant(
        name="one_at_a_time",
        breaks="the helper is asked for two bodies at once",
        test="tests/api/large_bodies/test_turns.py::test_facilities_take_turns_and_one_body_is_read_at_a_time",
        changes=[
            Change(
                "backend/api/large_bodies/turns.py",
                old="""\
        if self._last is not None:
            await self._wait(facility)
""",
                new="""\
        if self._last is facility:
            await self._wait(facility)
""",
            ),
        ],
    ),
    Mutant(
        name="orphaned_helper",
        breaks="a helper whose API was killed goes on, and stores what nobody was told",
        test="tests/api/large_bodies/test_processes.py::test_the_helper_of_an_api_that_was_killed_ends_and_stores_nothing_more",
        changes=[
            Change(
                "backend/api/large_bodies/process.py",
                old="""\
                os._exit(0)  # PostgreSQL rolls back what is open
""",
                new="""\
                await asyncio.Event().wait()
""",
            ),
        ],
    ),
    Mutant(
        name="endless_body",
        breaks="whoever was answered 413 may send for ever, and hold a connection",
        test="tests/api/test_unread_body.py::test_a_body_without_end_is_not_listened_to_for_ever",
        changes=[
            Change(
                "backend/api/app.py",
                old="""\
    drop_unread(app)
""",
                new="""\
    assert drop_unread
""",
            ),
        ],
    ),
    Mutant(
        name="bodies_in_memory",
        breaks="an API holds as many bodies of 1 MB as one hospital cares to send at once",
        test="tests/api/large_bodies/test_turns.py::test_bodies_in_memory_are_bounded_and_one_facility_cannot_take_all_room",
        changes=[
            Change(
                "backend/api/large_bodies/held_bodies.py",
                old="""\
                await own.acquire()
""",
                new="""\
                yield
                return
                await own.acquire()
""",
            ),
        ],
    ),
]
