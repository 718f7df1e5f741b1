"""What lets one row that cannot be read, or moved, stop the rows behind it."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="rows_address",
        breaks="one address whose seal does not open fails the claim of all",
        test="tests/planted_rows/test_duties.py::test_one_bad_row_stops_no_other[claim: contact_point.number]",
        changes=[
            Change(
                "backend/notifications/delivery/claims.py",
                old="""\
    except UnreadableSeal:
        address, unreadable = "", True
""",
                new="""\
    except UnreadableSeal:
        raise LookupError from None
""",
            ),
        ],
    ),
    Mutant(
        name="rows_refused",
        breaks="one delivery that PostgreSQL refuses fails the claim of all",
        test="tests/planted_rows/test_duties.py::test_one_bad_row_stops_no_other[claim: delivery, refused]",
        changes=[
            Change(
                "backend/notifications/delivery/claiming.py",
                old="""\
        log.error("batch_unreadable", where="delivery", error=type(surprise).__name__)
""",
                new="""\
        raise
""",
            ),
        ],
    ),
    Mutant(
        name="rows_newer_kind",
        breaks="a worker claims a kind that it does not know",
        test="tests/planted_rows/test_duties.py::test_one_bad_row_stops_no_other[claim: notification.kind, newer]",
        changes=[
            Change(
                "backend/notifications/delivery/claiming.py",
                old="""\
       AND (SELECT n.kind = ANY($5) AND (
""",
                new="""\
       AND (SELECT $5::text[] IS NOT NULL AND (
""",
            ),
        ],
    ),
    Mutant(
        name="rows_newer_code",
        breaks="an older worker repeats a code of a kind that it does not know",
        test="tests/planted_rows/test_duties.py::test_one_bad_row_stops_no_other[find_dead: notification.kind, newer]",
        changes=[
            Change(
                "backend/notifications/delivery/reconciliation.py",
                old="""\
       AND d.channel = ANY($3) AND n.kind = ANY($4)
""",
                new="""\
       AND $3::text[] IS NOT NULL AND $4::text[] IS NOT NULL
""",
            ),
        ],
    ),
    Mutant(
        name="rows_code",
        breaks="one code that cannot be planned stops all codes",
        test="tests/planted_rows/test_duties.py::test_one_bad_row_stops_no_other[plan_codes: sign_in_challenge, refused]",
        changes=[
            Change(
                "backend/notifications/planning/scheduled.py",
                old="""\
        log.error("batch_unreadable", where=_CHALLENGE, error=type(surprise).__name__)
""",
                new="""\
        raise
""",
            ),
        ],
    ),
    Mutant(
        name="rows_put_aside",
        breaks="rows on which a duty fails are tried first at each turn",
        test="tests/planted_rows/test_duties.py::test_one_bad_row_stops_no_other[release_due: procedure, refused]",
        changes=[
            Change(
                "backend/core/odd_rows/row_isolation.py",
                old="""\
        return [row for row, (until, _) in self._waiting.items() if until > moment]
""",
                new="""\
        return [row for row, (until, _) in self._waiting.items() if until > moment][-1:]
""",
            ),
        ],
    ),
    Mutant(
        name="rows_doubt",
        breaks="one number whose seal does not open ends all looks",
        test="tests/planted_rows/test_duties.py::test_one_bad_row_stops_no_other[doubts: contact_point.number]",
        changes=[
            Change(
                "backend/notifications/delivery/reconciliation.py",
                old="""\
        await end_unreadable(delivery, [Status.IN_DOUBT.value], UNREADABLE_ADDRESS)
""",
                new="""\
        raise
""",
            ),
        ],
    ),
    Mutant(
        name="rows_answer",
        breaks="an answer that cannot be written is lost, and its push is repeated at each lease",
        test="tests/notifications/delivery/test_each_by_itself.py::test_an_answer_that_cannot_be_written_keeps_no_other_waiting",
        changes=[
            Change(
                "backend/notifications/delivery/result_writing.py",
                old="""\
            return [] if await _written_bare(batch[0]) else batch
""",
                new="""\
            return []
""",
            ),
        ],
    ),
    Mutant(
        name="rows_worded",
        breaks="what cannot be worded is in doubt, and is tried until its time is over",
        test="tests/notifications/delivery/test_each_by_itself.py::test_what_cannot_be_worded_has_failed_and_was_not_sent",
        changes=[
            Change(
                "backend/notifications/delivery/sending.py",
                old="""\
        return _not_worded(claim, surprise)
""",
                new="""\
        raise
""",
            ),
        ],
    ),
    Mutant(
        name="rows_steps",
        breaks="codes are planned right before each claim, and stop the texts",
        test="tests/crash/test_steps_apart.py::test_codes_that_wait_for_a_lock_keep_no_text_waiting",
        changes=[
            Change(
                "backend/worker.py",
                old="""\
        claimed = await attempt(CLAIM, dispatcher.claim_and_send)
""",
                new="""\
        await attempt(CODES, plan_codes)
        claimed = await attempt(CLAIM, dispatcher.claim_and_send)
""",
            ),
        ],
    ),
    Mutant(
        name="rows_back_fill",
        breaks="one value that PostgreSQL refuses ends the back-fill",
        test="tests/key_rotation/test_planted_values.py::test_a_value_that_postgresql_refuses_keeps_no_other_from_moving",
        changes=[
            Change(
                "backend/key_rotation/backfill.py",
                old="""\
        log.error("batch_unreadable", where=place.name, error=type(surprise).__name__)
""",
                new="""\
        raise
""",
            ),
        ],
    ),
    Mutant(
        name="rows_ring",
        breaks="one key that does not open takes the whole ring from a process that runs",
        test="tests/key_rotation/test_announcing.py::test_a_key_that_does_not_open_takes_no_other_from_a_process_that_runs",
        changes=[
            Change(
                "backend/core/crypto/key_ring.py",
                old="""\
        key = _read(row) or held_key(row["name"])
""",
                new="""\
        key = Key(row["name"], unseal_key(row["secret"], row["id"]))
""",
            ),
        ],
    ),
    Mutant(
        name="rows_ring_start",
        breaks="a process starts without a data key, and registers people twice",
        test="tests/key_rotation/test_announcing.py::test_a_process_that_starts_without_a_data_key_does_not_start",
        changes=[
            Change(
                "backend/core/crypto/key_ring.py",
                old="""\
        elif row["purpose"] in {DATA, NAMING} and not has_ring():
""",
                new="""\
        elif row["purpose"] == "no":
""",
            ),
        ],
    ),
    Mutant(
        name="rows_quarantine",
        breaks="one quarantined message that does not open ends the command",
        test="tests/intake/test_quarantine.py::test_a_message_that_does_not_open_ends_and_holds_back_no_other",
        changes=[
            Change(
                "backend/intake/quarantine.py",
                old="""\
    except UnreadableSeal as unreadable:
        await _end(message, facility)
""",
                new="""\
    except UnreadableSeal as unreadable:
        raise
""",
            ),
        ],
    ),
    Mutant(
        name="rows_held_answer",
        breaks="one delivery that somebody holds keeps all answers from being written",
        test="tests/notifications/delivery/test_each_by_itself.py::test_an_answer_whose_delivery_somebody_holds_keeps_no_other_waiting",
        changes=[
            Change(
                "backend/notifications/delivery/result_writing.py",
                old="""\
        is_locked = isinstance(surprise, asyncpg.LockNotAvailableError) and len(batch) > 1
""",
                new="""\
        is_locked = False
""",
            ),
        ],
    ),
]
