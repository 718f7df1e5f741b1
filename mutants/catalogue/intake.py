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
]
