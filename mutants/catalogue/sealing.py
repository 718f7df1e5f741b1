"""What breaks that a stolen dump tells no name, number, file or reason."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="names_in_the_clear",
        breaks="what senders call their records and messages stands in a dump",
        test="tests/story/test_stolen_dump.py::test_a_stolen_dump_tells_nobodys_name_number_file_or_reason",
        changes=[
            Change(
                "backend/intake/pipeline/own_names.py",
                old="""\
        return hash_name(self.facility, kind, name)
""",
                new="""\
        return name[:64]
""",
            ),
        ],
    ),
    Mutant(
        name="files_in_the_clear",
        breaks="the text of a file stands in a dump",
        test="tests/records/filing/test_file_pieces.py::test_a_file_is_read_back_whole_however_many_pieces_it_is",
        changes=[
            Change(
                "backend/records/filing/files.py",
                old="""\
            seal_bytes(piece, place_of_piece(named, number, is_last=is_last)),
""",
                new="""\
            piece,
""",
            ),
            Change(
                "backend/records/filing/files.py",
                old="""\
    return unseal_bytes(row["body"], place)
""",
                new="""\
    return bytes(row["body"]) if place else b""
""",
            ),
        ],
    ),
    Mutant(
        name="pieces_exchanged",
        breaks="a piece of a file can stand in the place of another one",
        test="tests/records/filing/test_file_pieces.py::test_a_piece_that_is_not_in_its_place_is_not_read",
        changes=[
            Change(
                "backend/records/filing/files.py",
                old="""\
f"{file}.{number}.{'last' if is_last else 'more'}")
""",
                new="""\
f"{file}.{bool(number)}.{'last' if is_last else 'more'}")
""",
            ),
        ],
    ),
    Mutant(
        name="file_left_short",
        breaks="a file can be cut off after any of its pieces",
        test="tests/records/filing/test_file_pieces.py::test_a_piece_that_is_not_in_its_place_is_not_read",
        changes=[
            Change(
                "backend/records/filing/files.py",
                old="""\
f"{file}.{number}.{'last' if is_last else 'more'}")
""",
                new="""\
f"{file}.{number}.{'last' if is_last is None else 'more'}")
""",
            ),
        ],
    ),
    Mutant(
        name="pieces_without_a_session",
        breaks="who has begun to read a file reads on after the session has ended",
        test="tests/records/filing/test_file_pieces.py::test_what_is_open_no_longer_ends_in_the_middle_of_a_file",
        changes=[
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
    RETURNS TABLE (file uuid, piece smallint, is_last boolean, body bytea)
    LANGUAGE plpgsql AS $$
""",
                new="""\
    RETURNS TABLE (file uuid, piece smallint, is_last boolean, body bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
""",
            ),
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
            set_config('hub.patient', the_chart::text, true),
            set_config('role', 'hub_patient', true);
""",
                new="""\
            set_config('hub.patient', the_chart::text, true);
""",
            ),
        ],
    ),
    Mutant(
        name="reason_without_salt",
        breaks="the chain of acts tells which reason was given to whoever guesses it",
        test="tests/core/test_reasons.py::test_the_same_text_twice_has_two_digests",
        changes=[
            Change(
                "backend/core/crypto/reasons.py",
                old="""\
        return sha256(self.salted).digest()
""",
                new="""\
        return sha256(self.salted[SALT_BYTES:]).digest()
""",
            ),
        ],
    ),
    Mutant(
        name="names_of_an_older_key",
        breaks="after a new naming key the orders of results are still hashed with the leaked one",
        test="tests/key_rotation/test_name_layers.py::test_every_column_with_a_hash_of_a_name_gets_the_newer_key",
        changes=[
            Change(
                "backend/key_rotation/name_layers.py",
                old="""\
    HashedColumn("orders", HashForm.LIST),
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="rehashed_while_messages_come",
        breaks="a message that is being taken in is filed under a hash that nobody finds",
        test="tests/key_rotation/test_name_layers.py::test_no_key_is_laid_while_an_api_is_connected",
        changes=[
            Change(
                "backend/key_rotation/name_layers.py",
                old="""\
        if await fetch_value(_SOMEBODY_TAKES_IN):
""",
                new="""\
        if not await fetch_value(_SOMEBODY_TAKES_IN):
""",
            ),
        ],
    ),
]
