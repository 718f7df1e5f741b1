"""What breaks the audit log, and what is asked of the database again."""

from mutants.mutant import Change, Mutant

ROLES = "tests/core/audit/test_roles.py"
HEADS = "tests/core/audit/test_heads.py"
AGAIN = "tests/api/test_asked_again.py"

MUTANTS = [
    Mutant(
        name="temporary_table",
        breaks="a temporary table makes a function of the owner run what its caller wants",
        test="tests/core/audit/test_roles.py::test_no_temporary_table_takes_the_place_of_the_hubs_in_a_function_of_the_owner",
        changes=[
            Change(
                "backend/schema/repeatable/changes.py",
                old="""\
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    before uuid""",
                new="""\
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    before uuid""",
            ),
        ],
    ),
    Mutant(
        name="audit_at_chosen",
        breaks="whoever writes an audit row chooses its time",
        test=f"{ROLES}::test_a_function_of_the_owner_chooses_nothing_for_its_caller",
        changes=[
            Change(
                "backend/schema/repeatable/audit.py",
                old="    NEW.at := pg_catalog.clock_timestamp();\n",
                new="",
            ),
        ],
    ),
    Mutant(
        name="audit_resealed",
        breaks="the sealer may give a sealed row another place or hash",
        test=f"{ROLES}::test_nobody_changes_or_removes_a_row",
        changes=[
            Change(
                "backend/schema/repeatable/audit.py",
                old="""\
                   OR (w.place IS NOT NULL
                       AND (w.place, w.chain) IS DISTINCT FROM (b.place, b.chain))
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="audit_place_skipped",
        breaks="a row may be sealed at any place",
        test=f"{ROLES}::test_nobody_changes_or_removes_a_row",
        changes=[
            Change(
                "backend/schema/repeatable/audit.py",
                old="    IF sealed.rows = 0 THEN\n",
                new="    IF sealed.rows >= 0 THEN\n",
            ),
        ],
    ),
    Mutant(
        name="audit_deleted",
        breaks="the owner of the tables deletes audit rows by mistake",
        test=f"{ROLES}::test_nobody_changes_or_removes_a_row",
        changes=[
            Change(
                "backend/schema/repeatable/audit.py",
                old="CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON audit_event\n",
                new="CREATE TRIGGER kept BEFORE TRUNCATE ON audit_event\n",
            ),
        ],
    ),
    Mutant(
        name="audit_sealed_by_worker",
        breaks="the worker's own role seals and reads the audit log",
        test=f"{ROLES}::test_only_the_sealer_and_the_owner_give_a_row_its_next_place",
        changes=[
            Change(
                "backend/schema/repeatable/audit.py",
                old="GRANT SELECT, UPDATE (place, chain) ON audit_event TO hub_sealer;\n",
                new="GRANT SELECT, UPDATE (place, chain) ON audit_event TO hub_sealer, hub_worker;\n",
            ),
        ],
    ),
    Mutant(
        name="audit_hash_not_compared",
        breaks="the check of the chain compares no hash",
        test="tests/core/audit/test_chain.py::test_a_changed_column_is_found_at_its_place",
        changes=[
            Change(
                "backend/core/audit_chain/links.py",
                old="        if chain != link_hash(self.hash, place, row):\n",
                new="        if not chain:\n",
            ),
        ],
    ),
    Mutant(
        name="audit_sealed_once_a_turn",
        breaks="the sealer seals one batch a second and falls behind",
        test="tests/core/audit/test_chain.py::test_sealing_goes_on_until_nothing_is_left",
        changes=[
            Change(
                "backend/core/audit_chain/sealer.py",
                old="        if sealed < batch:\n",
                new="        if sealed <= batch:\n",
            ),
        ],
    ),
    Mutant(
        name="audit_head_not_compared",
        breaks="a chain that its owner made anew fits its heads",
        test=f"{HEADS}::test_a_chain_that_its_owner_made_anew_is_whole_and_does_not_fit_its_heads",
        changes=[
            Change(
                "backend/core/audit_chain/verifier.py",
                old="            if stored.get(head.place) != head.hash:\n",
                new="            if head.place not in stored:\n",
            ),
        ],
    ),
    Mutant(
        name="audit_head_of_others",
        breaks="a head that others signed is believed",
        test=f"{HEADS}::test_a_head_that_others_signed_is_not_believed",
        changes=[
            Change(
                "backend/core/audit_chain/heads.py",
                old="        if not head.is_signed_by(trusted or head.keys.values()):\n",
                new="        if not head.is_signed_by(head.keys.values()):\n",
            ),
        ],
    ),
    Mutant(
        name="audit_head_by_each_worker",
        breaks="each worker writes a head of its own each hour",
        test=f"{HEADS}::test_of_two_workers_that_write_at_once_one_does",
        changes=[
            Change(
                "backend/core/audit_chain/heads_file.py",
                old="        fcntl.flock(file, fcntl.LOCK_EX)  # the close gives it back\n",
                new="        fcntl.flock(file, fcntl.LOCK_UN)\n",
            ),
        ],
    ),
    Mutant(
        name="database_not_asked_again",
        breaks="a migration under load is an error of the first writer",
        test=f"{AGAIN}::test_a_table_that_changes_under_load_is_no_error",
        changes=[
            Change(
                "backend/api/app.py",
                old="        plugins=[parameters, targets, Repeats()],\n",
                new="        plugins=[parameters, targets],\n",
            ),
        ],
    ),
    Mutant(
        name="database_asked_twice",
        breaks="what was kept is done a second time",
        test=f"{AGAIN}::test_what_was_kept_before_the_failure_is_not_done_again",
        changes=[
            Change(
                "backend/core/postgres/unit_of_work.py",
                old="                if unit.kept and not idempotent:\n",
                new="                if False:\n",
            ),
        ],
    ),
    Mutant(
        name="commit_in_doubt_asked_twice",
        breaks="a commit without an answer counts as not kept",
        test=f"{AGAIN}::test_a_commit_without_an_answer_is_not_done_again_and_says_so",
        changes=[
            Change(
                "backend/core/database.py",
                old="        if not is_certain(failed):\n",
                new="        if False:\n",
            ),
            Change(
                "backend/core/database.py",
                old="        if not kept_before:\n",
                new="        if True:\n",
            ),
        ],
    ),
    Mutant(
        name="database_stale_connections",
        breaks="connections that know a type that is gone fail for ever",
        test=f"{AGAIN}::test_a_type_made_anew_under_load_is_no_error",
        changes=[
            Change(
                "backend/core/database.py",
                old="    if isinstance(failed, STALE):\n",
                new="    if False:\n",
            ),
        ],
    ),
    Mutant(
        name="message_in_doubt_lost",
        breaks="a message whose commit had no answer is not taken in again",
        test="tests/intake/pipeline/test_commit_in_doubt.py"
        "::test_a_bundle_whose_commit_had_no_answer_is_kept_once_and_answered",
        changes=[
            Change(
                "backend/intake/pipeline/take_in.py",
                old="            return await repeated(act, idempotent=True)\n",
                new="            return await repeated(act)\n",
            ),
        ],
    ),
]
