"""What breaks the months: rows refused, months that go too early, and what is kept of them."""

from mutants.mutant import Change, Mutant

STORAGE = "backend/schema/repeatable/storage.py"
AUDIT = "backend/schema/repeatable/audit.py"
DROPPED = "backend/core/audit_chain/dropped.py"
VERIFIER = "backend/core/audit_chain/verifier.py"
MAKING = "tests/core/months/test_making.py"
DROPPING = "tests/core/months/test_dropping.py"
BEGIN = "tests/core/months/test_chain_begin.py"

MUTANTS = [
    Mutant(
        name="months_early_rows",
        breaks="rows that came before their month keep it from being made",
        test=f"{MAKING}::test_rows_that_came_before_their_month_move_into_it",
        changes=[
            Change(
                STORAGE,
                old="('WITH moved AS (DELETE FROM %s WHERE %s RETURNING *)'",
                new="('WITH moved AS (SELECT * FROM %s WHERE %s AND false)'",
            ),
        ],
    ),
    Mutant(
        name="months_many_rows",
        breaks="a worker moves millions of rows while others wait",
        test=f"{MAKING}::test_a_month_with_too_many_such_rows_waits_and_keeps_no_other",
        changes=[
            Change(
                STORAGE,
                old="        CONTINUE WHEN outside > most;\n",
                new="",
            ),
        ],
    ),
    Mutant(
        name="months_unguarded",
        breaks="rows of a month of the audit log can be deleted in the month itself",
        test=f"{MAKING}::test_each_month_has_the_keys_references_and_triggers_of_its_table",
        changes=[
            Change(
                STORAGE,
                old="            PERFORM audit_guard(part::regclass);\n",
                new="            NULL;\n",
            ),
        ],
    ),
    Mutant(
        name="months_entered",
        breaks="a role may enter the schema of the months",
        test=f"{MAKING}::test_nobody_but_the_owner_has_a_right_on_a_month",
        changes=[
            Change(
                "backend/schema/migrations/m0031_months.py",
                old="REVOKE ALL ON SCHEMA months FROM PUBLIC;\n",
                new="GRANT USAGE ON SCHEMA months TO PUBLIC;\n",
            ),
        ],
    ),
    Mutant(
        name="months_of_a_jump",
        breaks="a clock that jumps drops everything",
        test=f"{DROPPING}::test_a_month_stays_and_says_why",
        changes=[
            Change(
                STORAGE,
                old="        RETURN 'silent';\n",
                new="        NULL;\n",
            ),
        ],
    ),
    Mutant(
        name="months_too_early",
        breaks="a month goes a month too early",
        test=f"{DROPPING}::test_a_month_stays_and_says_why",
        changes=[
            Change(
                STORAGE,
                old="hub_next_month(the_month, keeps + 1) >",
                new="hub_next_month(the_month, keeps) >",
            ),
        ],
    ),
    Mutant(
        name="months_waiting",
        breaks="a message goes while it waits for its desk",
        test=f"{DROPPING}::test_a_month_stays_and_says_why",
        changes=[
            Change(
                STORAGE,
                old="THEN 'waiting' ELSE '' END;",
                new="THEN '' ELSE '' END;",
            ),
        ],
    ),
    Mutant(
        name="months_unfinished",
        breaks="the attempts of a delivery in doubt go",
        test=f"{DROPPING}::test_a_month_stays_and_says_why",
        changes=[
            Change(
                STORAGE,
                old="THEN 'unfinished' ELSE '' END;",
                new="THEN '' ELSE '' END;",
            ),
        ],
    ),
    Mutant(
        name="months_mixed",
        breaks="a month goes although the chain of kept rows leads through it",
        test=f"{DROPPING}::test_a_month_stays_and_says_why",
        changes=[
            Change(
                STORAGE,
                old="THEN 'mixed'\n",
                new="THEN ''\n",
            ),
        ],
    ),
    Mutant(
        name="months_unsealed",
        breaks="an audit row goes before it was sealed",
        test=f"{DROPPING}::test_a_row_that_is_not_sealed_keeps_its_month_and_so_does_the_end_of_the_chain",
        changes=[
            Change(
                STORAGE,
                old="        WHEN found THEN 'unsealed'\n",
                new="",
            ),
        ],
    ),
    Mutant(
        name="months_dropped_by_anyone",
        breaks="the API drops months",
        test=f"{DROPPING}::test_nobody_but_the_worker_drops_and_nobody_chooses_what",
        changes=[
            Change(
                STORAGE,
                old="GRANT EXECUTE ON FUNCTION hub_drop_month(text) TO hub_worker;",
                new="GRANT EXECUTE ON FUNCTION hub_drop_month(text) TO hub_worker, hub_api;",
            ),
        ],
    ),
    Mutant(
        name="months_sender_ids_stay",
        breaks="the ids of senders outlive their messages",
        test=f"{DROPPING}::test_ids_of_senders_go_in_batches_before_the_month",
        changes=[
            Change(
                STORAGE,
                old="    IF the_table = 'received_event' THEN\n        DELETE",
                new="    IF the_table = 'nothing' THEN\n        DELETE",
            ),
        ],
    ),
    Mutant(
        name="months_evidence",
        breaks="a month whose chain is broken is dropped",
        test=f"{BEGIN}::test_a_month_that_is_not_whole_is_evidence_and_stays",
        changes=[
            Change(
                "backend/core/months/duty.py",
                old="    return checked.finding is None\n",
                new="    return True\n",
            ),
        ],
    ),
    Mutant(
        name="months_forged",
        breaks="what is kept of a dropped month is believed",
        test=f"{BEGIN}::test_what_is_kept_of_a_month_cannot_be_forged",
        changes=[
            Change(
                VERIFIER,
                old="    if forged is not None:\n",
                new="    if False:\n",
            ),
        ],
    ),
    Mutant(
        name="months_without_entry",
        breaks="a dropped month needs no entry in the log",
        test=f"{BEGIN}::test_what_is_kept_of_a_month_cannot_be_forged",
        changes=[
            Change(
                DROPPED,
                old="not (said is None and await _is_gone(month.entry, months))",
                new="said is not None",
            ),
        ],
    ),
    Mutant(
        name="months_kept_rewritten",
        breaks="what is kept of a dropped month can be written again",
        test=f"{BEGIN}::test_what_is_kept_of_a_month_is_never_written_again",
        changes=[
            Change(
                AUDIT,
                old="CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON dropped_month\n",
                new="CREATE TRIGGER kept BEFORE TRUNCATE ON dropped_month\n",
            ),
        ],
    ),
    Mutant(
        name="months_dropped_meanwhile",
        breaks="a month that goes while the chain is followed is an alarm",
        test=f"{BEGIN}::test_a_month_that_goes_while_the_chain_is_followed_is_no_fault",
        changes=[
            Change(
                VERIFIER,
                old="        if begin.place > link.place:",
                new="        if begin.place < 0:",
            ),
        ],
    ),
    Mutant(
        name="months_old_heads",
        breaks="a head of a dropped row is an alarm for ever",
        test=f"{BEGIN}::test_heads_of_dropped_rows_are_passed_over_and_those_of_kept_ones_are_not",
        changes=[
            Change(
                VERIFIER,
                old="            if head.place < begin.place and head.place not in stored:",
                new="            if head.place < 0:",
            ),
        ],
    ),
    Mutant(
        name="months_place_twice",
        breaks="two sealers give rows of two months one place",
        test=f"{BEGIN}::test_two_sealers_give_no_place_twice_at_the_turn_of_a_month",
        changes=[
            Change(
                AUDIT,
                old="    PERFORM pg_advisory_xact_lock({SEALER_LOCK});\n",
                new="",
            ),
        ],
    ),
    Mutant(
        name="months_old_picture",
        breaks="who seals in a transaction that sees the past gives a place twice",
        test=f"{BEGIN}::test_who_seals_by_an_old_picture_is_refused",
        changes=[
            Change(
                AUDIT,
                old="<> 'read committed' THEN",
                new="= 'nothing' THEN",
            ),
        ],
    ),
    Mutant(
        name="months_named_row",
        breaks="whoever writes an audit row chooses the month in which it stands",
        test="tests/core/audit/test_roles.py::test_nobody_chooses_what_the_hub_says_of_a_row",
        changes=[
            Change(
                AUDIT,
                old="BETWEEN interval '0' AND interval '1 minute') IS NOT TRUE THEN",
                new="BETWEEN interval '0' AND interval '1 minute') IS NULL THEN",
            ),
        ],
    ),
    Mutant(
        name="months_sender_known",
        breaks="an id of a sender of last month is a new message",
        test="tests/intake/test_turn_of_month.py::test_a_message_that_comes_again_in_the_next_month_is_a_replay",
        changes=[
            Change(
                "backend/intake/pipeline/message_log.py",
                old='" WHERE sender_hash IS NULL OR id IN (SELECT known.id FROM known)"',
                new='" WHERE sender_hash IS NULL OR id IS NOT NULL"',
            ),
        ],
    ),
]
