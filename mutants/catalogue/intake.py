"""What breaks taking in what a hospital sends."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="answer_first",
        breaks="a hospital hears 200 before what it sent is committed",
        test="tests/crash/test_intake_kills.py::test_an_api_killed_at_each_point_keeps_whole_what_it_said_it_took",
        changes=[
            Change(
                "backend/intake/pipeline/take_in.py",
                old="""\
        for one in gathered:
            await one.failpoint(UNCOMMITTED, one.row)
""",
                new="""\
        for one, (_, taken) in zip(gathered, done, strict=True):
            one.answered(taken)
            await __import__("asyncio").sleep(0.1)  # it is on its way, and nothing is committed
            await one.failpoint(UNCOMMITTED, one.row)
""",
            ),
        ],
    ),
    Mutant(
        name="file_withheld",
        breaks="pictures of a pregnancy are shown as they are",
        test="tests/intake/files/test_restricted_files.py::test_the_file_of_a_pregnancy_cannot_be_masked_and_is_not_shown",
        changes=[
            Change(
                "backend/intake/fhir/resources/attachment.py",
                old="""\
    if why_not is None and withheld and found != TEXT:
""",
                new="""\
    if False and withheld and found != TEXT:
""",
            ),
        ],
    ),
    Mutant(
        name="idempotency",
        breaks="a message id used twice is taken for a replay, whatever it says now",
        test="tests/intake/pipeline/test_same_again.py::test_one_id_for_two_contents_is_refused",
        changes=[
            Change(
                "backend/intake/pipeline/message_log.py",
                old="""\
    if first["content_hash"] != message.content_hash:
        raise IdempotencyConflict
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="placeholder_finds",
        breaks="two strangers whose citizen id is 000000000000 are one patient",
        test="tests/auth/registration/test_placeholders.py::test_strangers_with_one_placeholder_stay_strangers",
        changes=[
            Change(
                "backend/auth/identity/identifiers.py",
                old="""\
    return identifier.system == CITIZEN_ID and not citizen_id.is_placeholder(identifier.value)
""",
                new="""\
    return identifier.system == CITIZEN_ID
""",
            ),
        ],
    ),
    Mutant(
        name="relatives_phone",
        breaks="codes go to a number beside which the clerk wrote «con»",
        test="tests/auth/phones/test_as_written.py::test_a_relatives_word_or_an_extension_makes_it_a_contact",
        changes=[
            Change(
                "backend/auth/phones/as_written.py",
                old="""\
            (others if relative else own)[number] = None
""",
                new="""\
            own[number] = None
""",
            ),
        ],
    ),
    Mutant(
        name="set_claims_nothing",
        breaks="two messages of one set file for the same patient as if each were alone",
        test="tests/intake/sets/test_sets.py::test_one_patient_by_two_numbers_in_one_set_is_told_in_one_message",
        changes=[
            Change(
                "backend/core/postgres/strands.py",
                old="""\
            if claim.alone and len(claim.by) > 1:
                raise LeavesSet
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="set_locks_at_random",
        breaks="a set locks as its messages come, and two sets wait for each other",
        test="tests/core/test_steps.py::test_locks_wait_until_nobody_asks_for_what_comes_earlier",
        changes=[
            Change(
                "backend/core/postgres/strands.py",
                old="        first = min(call.step.order for call in self._calls)\n",
                new="        first = max(call.step.order for call in self._calls)\n",
            ),
        ],
    ),
    Mutant(
        name="set_of_the_loudest",
        breaks="the messages of one facility starve those of another",
        test="tests/intake/pipeline/test_gathering.py::test_a_set_is_of_one_facility_and_each_has_its_turn",
        changes=[
            Change(
                "backend/intake/pipeline/gathering.py",
                old="                self.waiting[facility] = left  # behind all others\n",
                new="                self.waiting = {facility: left, **self.waiting}\n",
            ),
        ],
    ),
    Mutant(
        name="set_poisoned",
        breaks="a message that is refused refuses all of its set",
        test="tests/intake/sets/test_sets.py::test_a_poisoned_message_of_each_set_is_refused_and_the_others_are_not",
        changes=[
            Change(
                "backend/intake/pipeline/gathering.py",
                old="        if len(gathered) == 1 and not _may_succeed(failed):\n            gathered[0].failed(failed)\n            return\n",
                new="        for one in gathered:\n            one.failed(failed)\n        return\n",
            ),
        ],
    ),
    Mutant(
        name="set_waits_for_locks",
        breaks="a patient whose record is locked holds up all that hospitals send",
        test="tests/intake/sets/test_sets.py::test_a_patient_whose_record_is_locked_does_not_hold_up_the_others",
        changes=[
            Change(
                "backend/intake/pipeline/take_in.py",
                old='_SHORT: Final = "200ms"\n',
                new='_SHORT: Final = "0"\n',
            ),
        ],
    ),
]
