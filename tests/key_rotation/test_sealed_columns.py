"""No column is forgotten: what is sealed or keyed moves with the keys, or says why it does not."""

from backend.key_rotation.sealed_columns import SEALED_COLUMNS
from backend.records.kinds import TABLES
from tests.conftest import Database

STAYS = {
    "audit_event.chain": "a chain of plain hashes",
    "facility_key.hash": "a plain hash of a long secret",
    "staff_session.token_hash": "the same",
    "session.refresh_hash": "the same; the token itself proves a key that lives thirty days more",
    "printed_summary.code_hash": "a plain hash of 20 random letters, checked for 90 days",
    "printed_summary.sha256": "a plain hash of the paper",
    "used_proof.hash": "a plain hash, kept for minutes",
    **dict.fromkeys(
        [
            f"{table}.content_hash"
            for table in ("received_event", "party", "patient", *TABLES.values())
        ],
        "hashed with the naming keys: `name_layers`",
    ),
    "document_content.tag": "the same",
    "audit_event.why_digest": "a hash over a random salt, which is sealed with the reason",
    "refusal_tally.key": "a plain hash of what is counted together for ten minutes: ids of rows,"
    " a network and words of the code",
    "hub_key.secret": "sealed by a master key: `reseal_ring`",
    "patient_lookup.hash": "made anew from what is sealed",
    **dict.fromkeys(
        ["sign_in_pair.subject_hash", "sign_in_pair.number_hash"],
        "made anew from ids and phones: `move_wrong_codes`; those of strangers protect nobody",
    ),
    "alarm.about": "tells one alarm from another for ten minutes",
    **dict.fromkeys(
        ["sms_code.pair_hash", "sms_code.number_hash"],
        "counts of the last day",
    ),
    **dict.fromkeys(
        [
            "booked_text.number_hash",
            "reached_number.number_hash",
            "reached_number.prefix_hash",
            "waiting_text.number_hash",
            "waiting_text.prefix_hash",
        ],
        "made anew from phones: `move_texts`",
    ),
    **dict.fromkeys(
        [
            "sign_in_challenge.pair_hash",
            "sign_in_challenge.code_hash",
            "sign_in_challenge.number_hashes",
            "sign_in_challenge.subject_hashes",
        ],
        "over in five minutes",
    ),
    "dropped_month.first_chain": "a hash of the audit chain: it needs no key",
    "dropped_month.last_chain": "the same",
    "session_chart.found_by": "what no key finds any more is found anew at the next sign-in",
    "activation_slip.secret_hash": "over in three days",
    "caregiver_invitation.secret_hash": "over in days",
}


async def test_every_column_of_bytes_moves_with_the_keys_or_has_a_reason_not_to(
    database: Database,
) -> None:
    moves = {place.name for place in SEALED_COLUMNS}
    moves |= {f"{each.table}.{each.hash_column}" for each in SEALED_COLUMNS if each.hash_column}
    moves |= {f"{each.table}.{each.hash_list}" for each in SEALED_COLUMNS if each.hash_list}

    there = await database.owner.fetch(
        "SELECT table_name || '.' || column_name AS name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND (udt_name IN ('bytea', '_bytea'))"
    )

    assert {row["name"] for row in there} == moves | STAYS.keys()
