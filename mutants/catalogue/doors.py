"""What breaks the doors: who may hold a connection, how an address is spelled, what is refused."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="silent_head",
        breaks="a connection that says nothing stays for ever",
        test="tests/core/http/test_connections.py::test_a_silent_connection_is_closed_after_ten_seconds",
        changes=[
            Change(
                "backend/core/http/protocol.py",
                old="""\
        super().connection_made(transport)
        self._expect(self.limits.head, Ending.HEAD_LATE)
""",
                new="""\
        super().connection_made(transport)
""",
            ),
        ],
    ),
    Mutant(
        name="blank_lines",
        breaks="blank lines between two requests keep a place for ever",
        test="tests/core/http/test_connections.py::test_blank_lines_between_requests_keep_no_place",
        changes=[
            Change(
                "backend/core/http/protocol.py",
                old="""\
        if self._is_answered() and (self._due is None or self._due[1] is Ending.IDLE):
            self._expect_more()
""",
                new="""\
        if self._is_answered() and self.cycle is None:
            self._expect_more()
""",
            ),
        ],
    ),
    Mutant(
        name="head_behind",
        breaks="half a head that came behind a whole request may take for ever",
        test="tests/core/http/test_connections.py::test_half_a_head_behind_a_stream_ends_it_when_it_is_whole",
        changes=[
            Change(
                "backend/core/http/protocol.py",
                old="""\
        if self.head is not None and self._due is None:
""",
                new="""\
        if self.head is not None and self.cycle is None:
""",
            ),
        ],
    ),
    Mutant(
        name="rest_of_body",
        breaks="a refused body may trickle for ever",
        test="tests/core/http/test_connections.py::test_the_rest_of_a_refused_body_has_thirty_seconds",
        changes=[
            Change(
                "backend/core/http/protocol.py",
                old="""\
            self._expect(self.limits.rest_of_body, Ending.BODY_LATE)
""",
                new="""\
            self._due = None
""",
            ),
        ],
    ),
    Mutant(
        name="head_counted",
        breaks="a head that came in one packet is not counted",
        test="tests/core/http/test_greedy_callers.py::test_a_head_that_is_too_large_is_refused_also_when_it_comes_at_once",
        changes=[
            Change(
                "backend/core/http/protocol.py",
                old="""\
            self._take(data[start : start + LARGEST_HEAD])
""",
                new="""\
            self._take(data[start:])
            return
""",
            ),
        ],
    ),
    Mutant(
        name="one_address",
        breaks="one address may hold every connection there is",
        test="tests/core/http/test_connections.py::test_one_address_holds_so_many_and_another_still_comes_in",
        changes=[
            Change(
                "backend/core/http/connections.py",
                old="""\
        if place != OWN_PROXIES and len(held) >= self.limits.of_one_address:
""",
                new="""\
        if place == OWN_PROXIES and len(held) >= self.limits.of_one_address:
""",
            ),
        ],
    ),
    Mutant(
        name="household",
        breaks="each address of one household counts alone",
        test="tests/core/http/test_connections.py::test_a_household_of_ipv6_is_one_address_and_ipv4_in_ipv6_is_ipv4",
        changes=[
            Change(
                "backend/core/http/connections.py",
                old="""\
        place = OWN_PROXIES if self.is_exempt(peer) else network_of(peer)
""",
                new="""\
        place = OWN_PROXIES if self.is_exempt(peer) else peer
""",
            ),
        ],
    ),
    Mutant(
        name="place_freed",
        breaks="a connection that is gone keeps its place",
        test="tests/core/http/test_connections.py::test_a_place_is_freed_whichever_way_a_connection_ends",
        changes=[
            Change(
                "backend/core/http/protocol.py",
                old="""\
            self.table.released(self, self.place)
""",
                new="""\
            assert self.table
""",
            ),
        ],
    ),
    Mutant(
        name="fullest_first",
        breaks="who holds the least gives up a place first",
        test="tests/core/http/test_connections.py::test_a_full_process_takes_the_place_from_who_holds_the_most",
        changes=[
            Change(
                "backend/core/http/connections.py",
                old="""\
        yield from sorted(places, key=lambda place: -len(self._held[place]))
""",
                new="""\
        yield from sorted(places, key=lambda place: len(self._held[place]))
""",
            ),
        ],
    ),
    Mutant(
        name="worked_on",
        breaks="a request that is worked on gives up its place",
        test="tests/core/http/test_connections.py::test_slow_bodies_make_room_and_a_request_that_is_worked_on_does_not",
        changes=[
            Change(
                "backend/core/http/connections.py",
                old="""\
                if connection.waits_for_caller():
""",
                new="""\
                if connection:
""",
            ),
        ],
    ),
    Mutant(
        name="slow_reader",
        breaks="who reads nothing holds an answer for ever",
        test="tests/core/http/test_greedy_callers.py::test_a_caller_who_reads_nothing_is_ended",
        changes=[
            Change(
                "backend/core/http/protocol.py",
                old="""\
            if self._unsent_then - unsent < self.limits.slowest * self.limits.stall:
""",
                new="""\
            if self._unsent_then < unsent:
""",
            ),
        ],
    ),
    Mutant(
        name="pipeline",
        breaks="one packet holds thousands of requests in memory",
        test="tests/core/http/test_greedy_callers.py::test_a_few_requests_at_once_are_answered_and_a_flood_is_not",
        changes=[
            Change(
                "backend/core/http/protocol.py",
                old="""\
        if len(self.pipeline) >= self.limits.pipelined:
""",
                new="""\
        if len(self.pipeline) < 0:
""",
            ),
        ],
    ),
    Mutant(
        name="whole_address",
        breaks="another host's address is read as a path of the hub",
        test="tests/core/http/test_greedy_callers.py::test_a_whole_address_of_another_host_is_no_path_of_ours",
        changes=[
            Change(
                "backend/core/http/protocol.py",
                old="""\
            self.scope["raw_path"] = self.url  # no address of the hub's is spelled like this
""",
                new="""\
            assert self.url
""",
            ),
        ],
    ),
    Mutant(
        name="one_spelling",
        breaks="one address has many spellings",
        test="tests/api/test_request_targets.py::test_another_spelling_of_an_address_is_not_found",
        changes=[
            Change(
                "backend/api/request_log.py",
                old="""\
    return None if is_one_spelling(scope) else NotFound()
""",
                new="""\
    return None if is_one_spelling(scope) else None
""",
            ),
        ],
    ),
    Mutant(
        name="spelled_id",
        breaks="an id has many spellings",
        test="tests/api/test_request_targets.py::test_an_id_has_its_hyphens_and_may_be_in_capitals",
        changes=[
            Change(
                "backend/api/request_target.py",
                old="""\
        if isinstance(value, UUID) and f"/{value}/" not in path:
""",
                new="""\
        if isinstance(value, UUID) and not path:
""",
            ),
        ],
    ),
    Mutant(
        name="head_body",
        breaks="HEAD is answered with a body",
        test="tests/api/test_request_targets.py::test_head_is_answered_as_get_without_the_body",
        changes=[
            Change(
                "backend/api/request_log.py",
                old="""\
            scope, send = as_get(scope), without_body(send)
""",
                new="""\
            scope = as_get(scope)
""",
            ),
        ],
    ),
    Mutant(
        name="challenge",
        breaks="a 401 does not say how one signs in",
        test="tests/api/test_request_targets.py::test_every_401_names_the_scheme_of_its_door",
        changes=[
            Change(
                "backend/api/request_log.py",
                old="""\
        headers.append((b"www-authenticate", challenge(_knock(scope)).encode("latin-1")))
""",
                new="""\
        headers.append((b"www-authenticate", b""))
""",
            ),
        ],
    ),
    Mutant(
        name="allow",
        breaks="a 405 does not say which methods there are",
        test="tests/api/test_request_targets.py::test_options_and_a_wrong_method_are_told_the_methods_without_a_key",
        changes=[
            Change(
                "backend/api/error_handlers.py",
                old="""\
        if name.lower() == "allow":
""",
                new="""\
        if name == "Allow":
""",
            ),
        ],
    ),
]
