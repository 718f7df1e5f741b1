"""What breaks tokens, proofs of a device key, scopes of keys and the key ring."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="key_end",
        breaks="a remembered token outlives the key that signed it",
        test="tests/key_rotation/test_announcing.py::test_a_key_that_was_ended_takes_its_tokens_with_it_also_from_memory",
        changes=[
            Change(
                "backend/auth/access/access_tokens.py",
                old="""\
    return access.expires_at > now().timestamp() and verifying_key(access.key) is not None
""",
                new="""\
    return access.expires_at > now().timestamp()
""",
            ),
        ],
    ),
    Mutant(
        name="key_scope",
        breaks="a facility key opens endpoints it is not for",
        test="tests/auth/facilities/test_key_scopes.py::test_a_key_opens_the_endpoints_of_its_scope_only",
        changes=[
            Change(
                "backend/auth/facilities/rules.py",
                old="""\
    return None if needed is not None and needed.value in key.scopes else KeyRefusal.SCOPE
""",
                new="""\
    return None
""",
            ),
        ],
    ),
    Mutant(
        name="keys_held",
        breaks="a process that has not heard of a new data key makes people findable under the old one only",
        test="tests/key_rotation/test_announcing.py::test_a_writer_that_missed_the_announcement_writes_under_every_key_all_the_same",
        changes=[
            Change(
                "backend/core/crypto/key_ring.py",
                old="""\
    if set(live or ()) != set(keys()):
        await load_ring()
        if set(live or ()) - set(keys()):
            raise UnreadableSeal
""",
                new="""\
    assert live
""",
            ),
        ],
    ),
    Mutant(
        name="proof_ath",
        breaks="a proof is good for any access token of its key",
        test="tests/auth/dpop/test_dpop.py::test_what_is_no_proof_of_this_request_is_refused",
        changes=[
            Change(
                "backend/auth/dpop/device_key.py",
                old="""\
    if not same_key or not hmac.compare_digest(proof.ath.encode(), token_hash(token).encode()):
""",
                new="""\
    if not same_key:
""",
            ),
        ],
    ),
    Mutant(
        name="proof_spelling",
        breaks="bits of a proof that say nothing may be changed",
        test="tests/auth/dpop/test_proof_spelling.py::test_a_proof_has_one_spelling_and_its_whole_signature",
        changes=[
            Change(
                "backend/auth/dpop/proofs.py",
                old="""\
    if _base64url(raw) != base64url:
        raise ValueError("not written as base64url")
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="proof_twice",
        breaks="Redis does not know since when it remembers proofs",
        test="tests/auth/dpop/test_dpop_memory.py::test_after_a_flushall_older_proofs_come_again_with_a_nonce",
        changes=[
            Change(
                "backend/auth/dpop/replay.py",
                old="""\
    if tonumber(ARGV[i + 1]) < tonumber(birth) then answers[i - 1] = 'too old'
""",
                new="""\
    if false then answers[i - 1] = 'too old'
""",
            ),
        ],
    ),
    Mutant(
        name="proof_used",
        breaks="Redis lets a proof pass that it has seen before",
        test="tests/auth/dpop/test_dpop_memory.py::test_a_proof_that_is_shown_many_times_at_once_works_once",
        changes=[
            Change(
                "backend/auth/dpop/replay.py",
                old="""\
    else answers[i - 1] = 'used' end
""",
                new="""\
    else answers[i - 1] = 'new' end
""",
            ),
        ],
    ),
    Mutant(
        name="proxy_hop",
        breaks="anybody is believed who writes X-Forwarded-For",
        test="tests/auth/sign_in/test_limits.py::test_a_made_up_forwarding_header_is_not_another_place",
        changes=[
            Change(
                "backend/core/http/client_address.py",
                old="""\
    if not trusted:
""",
                new="""\
    if "x-forwarded-for" not in connection.headers:
""",
            ),
            Change(
                "backend/core/http/client_address.py",
                old="""\
    while hops and _is_trusted(last, trusted):
""",
                new="""\
    while hops:
""",
            ),
        ],
    ),
    Mutant(
        name="refresh_key",
        breaks="a refresh token is good with any key",
        test="tests/auth/sessions/test_refresh.py::test_a_refresh_token_in_other_hands_ends_the_family_and_the_patient_is_told",
        changes=[
            Change(
                "backend/auth/sessions/sessions.py",
                old="""\
        " AND s.refresh_hash = $4 AND (s.key_thumbprint = $5"
""",
                new="""\
        " AND s.refresh_hash = $4 AND ($5::text IS NOT NULL"
""",
            ),
        ],
    ),
    Mutant(
        name="refresh_key_again",
        breaks="a lost answer to a refresh is given again to any key",
        test="tests/auth/sessions/test_refresh.py::test_a_refresh_token_in_other_hands_ends_the_family_and_the_patient_is_told",
        changes=[
            Change(
                "backend/auth/sessions/sessions.py",
                old="""\
    if bound_to and key != bound_to:
        return None
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="refresh_once",
        breaks="a used refresh token is renewed like the newest",
        test="tests/auth/sessions/test_refresh.py::test_a_used_token_is_not_renewed_by_who_has_the_key",
        changes=[
            Change(
                "backend/auth/sessions/sessions.py",
                old="""\
        " AND s.refresh_hash = $4 AND (s.key_thumbprint = $5"
""",
                new="""\
        " AND $4::bytea IS NOT NULL AND (s.key_thumbprint = $5"
""",
            ),
        ],
    ),
    Mutant(
        name="refresh_dpop_required",
        breaks="where a key is required, a session without one is renewed",
        test="tests/auth/dpop/test_dpop.py::test_where_dpop_becomes_required_bearer_sessions_are_over",
        changes=[
            Change(
                "backend/auth/sessions/sessions.py",
                old="""\
        "  OR s.key_thumbprint = '' AND NOT $6) RETURNING s.key_thumbprint, ARRAY"
""",
                new="""\
        "  OR s.key_thumbprint = '' AND $6 IS NOT NULL) RETURNING s.key_thumbprint, ARRAY"
""",
            ),
        ],
    ),
    Mutant(
        name="refresh_ended",
        breaks="a session that was ended while a renewal waited is renewed",
        test="tests/auth/sessions/test_refresh.py::test_a_renewal_that_waited_looks_at_what_the_other_left",
        changes=[
            Change(
                "backend/auth/sessions/sessions.py",
                old="""\
    "(s.ended_at IS NULL AND s.expires_at > hub_clock() AND s.used_at > hub_clock() - $2::interval)"
""",
                new="""\
    "(s.expires_at > hub_clock() AND s.used_at > hub_clock() - $2::interval)"
""",
            ),
        ],
    ),
    Mutant(
        name="ring_lock",
        breaks="a data key is made while a registration that does not know it is under way",
        test="tests/key_rotation/test_announcing.py::test_a_key_is_not_made_while_somebody_writes_what_people_are_found_by",
        changes=[
            Change(
                "backend/key_rotation/ring_changes.py",
                old="""\
                await execute("SELECT pg_advisory_xact_lock($1)", RING_LOCK)
""",
                new="""\
                assert RING_LOCK
""",
            ),
        ],
    ),
]
