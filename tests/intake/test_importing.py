"""A folder of files comes in as if it had been sent; what is refused is named."""

import json
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from httpx import AsyncClient

from backend.core.clock import now
from backend.intake.bulk_import import NothingToImport, files_in, import_files
from backend.intake.fhir.model.parsing import LARGEST
from backend.sandbox.demo.story_bundles import LAN, Resource, encoded, registration, visit
from tests.conftest import Database
from tests.harness.checksums import checksums
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.intake.other_kinds import CONDITION, ENCOUNTER, PRACTITIONER, sent

GOAL = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "x"},
        "subject": CONDITION["subject"]}  # fmt: skip


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    return await a_hospital(database, client)


def a_folder(folder: Path, **files: Resource | str) -> Path:
    for name, content in files.items():
        if isinstance(content, str):
            (folder / f"{name}.ndjson").write_text(content)
        else:
            (folder / f"{name}.json").write_bytes(encoded(content))
    return folder


async def test_a_folder_comes_in_whatever_the_order_of_its_files(
    tmp_path: Path, database: Database, hospital: Hospital
) -> None:
    long_ago = now() - timedelta(days=400)
    folder = a_folder(
        tmp_path, a_visit=sent(ENCOUNTER), b_results=visit(LAN, long_ago),
        x_people=registration(LAN), y_doctor=sent(PRACTITIONER),
        z_export=f"{json.dumps(CONDITION)}\n\n{json.dumps(GOAL)}\n",
    )  # fmt: skip
    seen: list[str] = []

    summary = await import_files(files_in(folder), hospital.facility, seen.append)

    assert summary.refused == []
    assert (summary.pieces, len(seen)) == (6, 6)
    assert summary.kinds["Observation"] == {"created": 5}
    assert summary.kinds["Goal"] == {"not shown": 1}
    document = await database.owner.fetchval("SELECT body FROM visit")
    assert msgspec.json.decode(document)["people"] == ["BS. Minh Lê", "Khoa Hô hấp"]
    assert await database.owner.fetchval(
        "SELECT count(*) FROM notification WHERE kind LIKE 'result%'"
    ) == 0  # fmt: skip


async def test_a_second_run_changes_nothing(
    tmp_path: Path, database: Database, hospital: Hospital
) -> None:
    folder = a_folder(tmp_path, a=registration(LAN), b=sent(ENCOUNTER, CONDITION))
    await import_files(files_in(folder), hospital.facility)
    before = await checksums(database)

    again = await import_files(files_in(folder), hospital.facility)

    assert again.refused == []
    assert await checksums(database) == before


async def test_what_is_refused_is_named_without_its_content_and_hinders_no_other(
    tmp_path: Path, database: Database, hospital: Hospital
) -> None:
    secret = "Nguyễn Bí Mật"
    folder = a_folder(
        tmp_path, a=registration(LAN), b=sent(CONDITION | {"onsetDateTime": secret}),
        c=sent(ENCOUNTER | {"subject": {"identifier": {"value": secret}}}),
        d=sent(CONDITION, ENCOUNTER | {"status": secret}) | {"type": "batch"},
    )  # fmt: skip
    (folder / "e.json").write_text("{")
    (folder / "f.json").write_text('{"resourceType": "Patient", "resourceType": "Patient"}')

    summary = await import_files(files_in(folder), hospital.facility)

    told = sorted(each.partition(":")[0] for each in summary.refused)
    assert told == ["b.json", "c.json", "d.json entry 1", "e.json", "f.json"]
    assert secret not in str(summary.refused)
    assert await database.owner.fetchval("SELECT count(*) FROM condition") == 1


async def test_a_file_that_cannot_be_read_and_one_that_fails_hinder_no_other(
    tmp_path: Path, database: Database, hospital: Hospital
) -> None:
    (tmp_path / "a_gone.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "b_large.ndjson").write_bytes(b" " * 9 + b"[" * (LARGEST + 9) + b"\n")
    folder = a_folder(tmp_path, c=registration(LAN), d=sent(CONDITION), e=sent(ENCOUNTER))
    await database.owner.execute(REFUSING)

    try:
        summary = await import_files(files_in(folder), hospital.facility)
    finally:
        await database.owner.execute("DROP FUNCTION refuse_one CASCADE")

    refused = [line.partition(": ")[::2] for line in summary.refused]
    assert [(name, why.split()[-1]) for name, why in refused] == [
        ("a_gone.json", "disk"), ("b_large.ndjson:1", "large"), ("d.json", "(RaiseError)"),
    ]  # fmt: skip
    assert summary.kinds["Encounter"] == {"created": 1}


REFUSING = """
CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
CREATE TRIGGER refuse_one BEFORE INSERT ON condition FOR EACH ROW EXECUTE FUNCTION refuse_one();
"""


def test_a_folder_without_files_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(NothingToImport):
        files_in(tmp_path)
