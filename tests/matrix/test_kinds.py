"""What is made for every kind of record is there for each kind of the register, and no other."""

import re
from collections.abc import Callable
from typing import Final, get_args

import pytest

from backend.api.openapi import openapi_text
from backend.auth.rules import OPENS, RecordClass, Scope
from backend.intake.fhir.entry_events import SHOWN
from backend.intake.fhir.model.bundle import KEPT, PARTIES
from backend.intake.fhir.responses import CAPABILITIES
from backend.records.access_log.descriptions import ACTIONS
from backend.records.kinds import KINDS, LISTED, Kind
from backend.records.reading.timeline_views import TimelineItem, TimelineKind
from backend.records.summary import entries, rules
from backend.records.sync.change_views import AnyChange
from backend.records.visibility.release_rules import NEVER_WAIT
from tests.conftest import Database
from tests.harness.records.everything import EVERYTHING
from tests.matrix.fields import FIELDS
from tests.matrix.kinds import SUMMARY_OPENS
from tests.matrix.table import TABLE

TABLES: Final = {kind.table for kind in KINDS}
FHIR: Final = {kind.fhir for kind in KINDS}
OF_THEIR_OWN: Final = {"Observation", "DiagnosticReport", "Appointment", "MedicationRequest"}
"""Kinds that do more than be shown: intake has an event for each, which mypy finds missing."""
MEASURED: Final = "observation"
"""A summary chooses the newest of each code; no status alone says which."""


def tags(union: object) -> list[object]:
    return [each.__struct_config__.tag for each in get_args(union)]


def test_no_two_kinds_share_a_word() -> None:
    assert len(TABLES) == len(FHIR) == len({kind.name for kind in KINDS}) == len(KINDS)
    addresses = [kind.address for kind in LISTED]
    assert len(set(addresses)) == len(addresses)


def test_the_timeline_and_changes_give_every_kind() -> None:
    assert set(TimelineKind) == TABLES
    assert set(tags(TimelineItem)) == TABLES
    assert set(tags(AnyChange)) == TABLES


def test_a_fhir_sender_may_send_every_kind_and_is_told_so() -> None:
    (rest,) = CAPABILITIES["rest"]

    assert FHIR == KEPT
    assert set(SHOWN) == FHIR - OF_THEIR_OWN
    assert {each["type"] for each in rest["resource"]} == FHIR | PARTIES | {"Patient"}


@pytest.mark.parametrize("kind", LISTED, ids=lambda kind: kind.table)
def test_a_listed_kind_has_its_routes_its_words_and_its_lines_in_the_matrix(kind: Kind) -> None:
    path = f"/v1/patients/{{patient}}/{kind.address}"

    assert f'"{path}"' in openapi_text()
    assert f"GET {path}" in TABLE
    assert f"GET {path}" in FIELDS
    assert kind.record_class in ACTIONS
    assert sum(each.record_class is kind.record_class for each in LISTED if each.in_access_log) == 1
    if not kind.own_routes and kind.read_alone:
        assert f'"{path}/{{row}}"' in openapi_text()


def test_a_grant_on_the_summary_opens_what_the_register_says() -> None:
    """Three places say it, each on its own: the register, the rules of `auth` and the matrix."""
    by_register = {kind.record_class for kind in LISTED if kind.in_summary_grant}
    listed = {kind.record_class for kind in LISTED}

    assert OPENS[Scope.SUMMARY] & listed == by_register
    assert SUMMARY_OPENS & listed == by_register
    assert listed <= set(RecordClass)
    assert all(kind.record_class in by_register for kind in LISTED if kind.in_summary_grant)


def test_a_patient_never_waits_for_what_they_act_by() -> None:
    """Written down a second time: a kind that waits by mistake does harm."""
    assert {"appointment", "medicine", "medication_statement", "allergy"} == NEVER_WAIT


def test_a_kind_of_the_summary_has_its_section_its_resource_and_its_row() -> None:
    summarised = {kind.table for kind in KINDS if kind.in_summary}

    assert set(rules._SECTION_OF) == summarised
    assert set(entries._WRITERS) == summarised | {MEASURED}


def test_there_is_an_example_of_every_kind() -> None:
    assert set(EVERYTHING) == TABLES


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.table)
def test_the_example_says_of_its_list_what_the_register_says(kind: Kind) -> None:
    assert (EVERYTHING[kind.table].listed_at or "") == kind.address
    assert {each["resourceType"] for each in EVERYTHING[kind.table].sent} == {kind.fhir}


OF_A_RECORD: Final = ("filed_under", "change_n", "visible_from", "restriction", "body")


async def test_the_database_has_a_table_for_every_kind_and_no_other(database: Database) -> None:
    found = await database.owner.fetch(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name = ANY($1) GROUP BY table_name HAVING count(*) = $2",
        OF_A_RECORD, len(OF_A_RECORD),
    )  # fmt: skip

    assert {row["table_name"] for row in found} == TABLES


async def _functions_that_name(database: Database, table: str) -> set[str]:
    found = await database.owner.fetch(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND prokind = 'f' AND pg_get_functiondef(oid) ~ $1",
        rf"\m(FROM|UPDATE) \(*{table}\M",
    )
    return {row["proname"] for row in found}


NEEDED: Final[dict[str, Callable[[Kind], bool]]] = {
    "read_timeline_page": lambda _: True,
    "read_changes_page": lambda _: True,
    "hub_newest": lambda _: True,
    "hub_due_for_release": lambda kind: kind.can_wait,
    "hub_release_due": lambda kind: kind.can_wait,
}
"""The functions that go over kinds, and which they go over."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.table)
async def test_every_function_of_the_database_that_goes_over_kinds_goes_over_this_one(
    database: Database, kind: Kind
) -> None:
    named = await _functions_that_name(database, kind.table)

    assert named & NEEDED.keys() == {name for name, over in NEEDED.items() if over(kind)}
    assert (f"read_{kind.table}_page" in named) == (kind in LISTED)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.table)
async def test_the_policies_and_the_trigger_of_this_kind_stand(
    database: Database, kind: Kind
) -> None:
    rows = await database.owner.fetch(
        "SELECT policyname, permissive, roles::text[], qual FROM pg_policies WHERE tablename = $1",
        kind.table,
    )
    policies = {row["policyname"]: row for row in rows}
    triggers = await database.owner.fetchval(
        "SELECT count(*) FROM pg_trigger"
        " WHERE tgrelid = $1::text::regclass AND tgname = 'write_tombstone'",
        kind.table,
    )

    assert policies.keys() == {"reading", "intake", "held"}
    extents = re.findall(r"authorized_charts\('(\w+)'", policies["reading"]["qual"])
    assert extents == ["summary" if kind.in_summary_grant else "full", "restricted"]
    held = policies["held"]
    assert (held["permissive"], held["roles"]) == ("RESTRICTIVE", policies["reading"]["roles"])
    assert "hub_proven()" in held["qual"]
    assert triggers == 1
