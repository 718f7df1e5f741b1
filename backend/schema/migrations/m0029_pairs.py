"""Calls the counts of wrong codes what they are: of a pair of a subject and a number."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.constraints import Unique

from backend.core.database import execute

ID = "2026-11-30T23:29:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "sign-in: pairs instead of accounts"

NAMES: Final = """
ALTER INDEX account_by_time RENAME TO pair_by_time;
ALTER INDEX account_spent RENAME TO pair_spent;
ALTER TABLE sign_in_account RENAME CONSTRAINT sign_in_account_pkey TO sign_in_pair_pkey;
ALTER INDEX sign_in_account_subject_hash RENAME TO sign_in_pair_subject_hash;
ALTER INDEX sign_in_account_number_hash RENAME TO sign_in_pair_number_hash;
ALTER INDEX sign_in_challenge_account_hash RENAME TO sign_in_challenge_pair_hash;
ALTER INDEX sms_code_account RENAME TO sms_code_pair;
ALTER TABLE sign_in_account RENAME CONSTRAINT sign_in_account_id_not_null
    TO sign_in_pair_id_not_null;
ALTER TABLE sign_in_account RENAME CONSTRAINT sign_in_account_updated_at_not_null
    TO sign_in_pair_updated_at_not_null;
ALTER TABLE sign_in_account RENAME CONSTRAINT sign_in_account_subject_hash_not_null
    TO sign_in_pair_subject_hash_not_null;
ALTER TABLE sign_in_account RENAME CONSTRAINT sign_in_account_number_hash_not_null
    TO sign_in_pair_number_hash_not_null;
ALTER TABLE sign_in_account RENAME CONSTRAINT sign_in_account_counted_for_not_null
    TO sign_in_pair_counted_for_not_null;
ALTER TABLE sign_in_account RENAME CONSTRAINT sign_in_account_wrong_at_not_null
    TO sign_in_pair_wrong_at_not_null;
ALTER TABLE sms_code RENAME CONSTRAINT sms_code_account_hash_not_null
    TO sms_code_pair_hash_not_null;
ALTER TABLE sign_in_challenge RENAME CONSTRAINT sign_in_challenge_account_hash_not_null
    TO sign_in_challenge_pair_hash_not_null;
ALTER TABLE sign_in_challenge RENAME CONSTRAINT sign_in_challenge_account_hint_not_null
    TO sign_in_challenge_subject_hint_not_null;
UPDATE sign_in_challenge SET withheld = 'pair_too_often' WHERE withheld = 'account_too_often';
"""
COLUMNS: Final = (
    ("SignInChallenge", "sign_in_challenge", "account_hash", "pair_hash"),
    ("SignInChallenge", "sign_in_challenge", "account_hint", "subject_hint"),
    ("CodeText", "sms_code", "account_hash", "pair_hash"),
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(NAMES)

    manager.add_raw(run)
    manager.rename_table(
        old_class_name="SignInAccount", old_tablename="sign_in_account",
        new_class_name="SignInPair", new_tablename="sign_in_pair",
    )  # fmt: skip
    for class_name, table, before, after in COLUMNS:
        manager.rename_column(
            table_class_name=class_name, tablename=table, old_column_name=before,
            new_column_name=after, old_db_column_name=before, new_db_column_name=after,
        )  # fmt: skip
    manager.drop_constraint(
        table_class_name="SignInPair", tablename="sign_in_pair",
        constraint_name="sign_in_account_once",
    )  # fmt: skip
    manager.add_constraint(
        table_class_name="SignInPair", tablename="sign_in_pair",
        constraint_name="sign_in_pair_once",
        constraint_class=Unique,
        params={"columns": ["subject_hash", "number_hash", "counted_for"], "nulls_distinct": True},
    )  # fmt: skip
    return manager
