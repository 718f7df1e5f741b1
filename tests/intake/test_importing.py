"""A folder of files comes in as if it had been sent; what is refused is named."""

import gzip
import json
from datetime import timedelta
from os import mkfifo
from pathlib import Path

import msgspec
import pytest
from httpx import AsyncClient

from backend.core.clock import now
from backend.intake.bulk_import import Watcher, import_files
from backend.intake.fhir.model.parsing import LARGEST
from backend.intake.import_sources import NothingToImport, Piece, files_in, pieces_of
from backend.sandbox.demo.story_bundles import LAN, Resource, encoded, registration, visit
from tests.conftest import Database
from tests.harness.checksums import checksums
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.intake.importing import import_folder
from tests.harness.intake.other_kinds import CONDITION, ENCOUNTER, PRACTITIONER, sent

GOAL = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "x"},
        "subject": CONDITION["subject"]}  # fmt: skip
PATIENT = {"resourceType": "Patient", "id": "p", "name": [{"text": "Đỗ Văn Thử"}]}


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


def a_condition(name: str, **more: object) -> Resource:
    return CONDITION | {"id": name, "subject": {"reference": "Patient/p"}} | more


def lines(*resources: Resource) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in resources)


async def test_a_folder_comes_in_whatever_the_order_of_its_files(
    tmp_path: Path, database: Database, hospital: Hospital
) -> None:
    long_ago = now() - timedelta(days=400)
    folder = a_folder(
        tmp_path, a_visit=sent(ENCOUNTER), b_results=visit(LAN, long_ago),
        x_people=registration(LAN), y_doctor=sent(PRACTITIONER),
        z_export=f"{json.dumps(CONDITION)}\n\n{json.dumps(GOAL)}\n",
    )  # fmt: skip

    summary, told = await import_folder(folder, hospital.facility)

    assert told.refused == []
    assert (summary.pieces, len(told.done)) == (6, 6)
    assert summary.kinds["Observation"] == {"created": 5}
    assert summary.kinds["Goal"] == {"not shown": 1}
    document = await database.owner.fetchval("SELECT body FROM visit")
    assert msgspec.json.decode(document)["people"] == ["BS. Lê Minh", "Khoa Hô hấp"]
    assert await database.owner.fetchval(
        "SELECT count(*) FROM notification WHERE kind LIKE 'result%'"
    ) == 0  # fmt: skip


async def test_a_second_run_changes_nothing_and_says_so(
    tmp_path: Path, database: Database, hospital: Hospital
) -> None:
    folder = a_folder(
        tmp_path, a=registration(LAN), b=sent(ENCOUNTER, CONDITION),
        c=sent(a_condition("of a stranger", subject={"reference": "Patient/nobody"}), GOAL)
        | {"type": "batch"}, d=json.dumps(CONDITION | {"id": "alone"}),
    )  # fmt: skip
    first, _ = await import_folder(folder, hospital.facility)
    before = await checksums(database)

    again, told = await import_folder(folder, hospital.facility)

    assert [line.partition(":")[0] for line in told.refused] == ["c.json entry 0"]
    assert await checksums(database) == before
    assert first.kinds["Condition"] == {"created": 2}
    assert {kind: set(became) for kind, became in again.kinds.items()} == {
        kind: {"unchanged"} for kind in first.kinds
    }


async def test_what_is_refused_is_named_without_its_content_and_hinders_no_other(
    tmp_path: Path, database: Database, hospital: Hospital
) -> None:
    secret = "Nguyễn Bí Mật"
    folder = a_folder(
        tmp_path, a=registration(LAN), b=sent(CONDITION | {"onsetDateTime": secret}),
        c=sent(ENCOUNTER | {"subject": {"identifier": {"value": secret}}}),
        d=sent(CONDITION, ENCOUNTER | {"status": secret}) | {"type": "batch"},
        g=f'{{"resourceType": 5}}\n[]\n"{secret}"\n',
    )  # fmt: skip
    (folder / "e.json").write_text("{")
    (folder / "f.json").write_text('{"resourceType": "Patient", "resourceType": "Patient"}')

    summary, told = await import_folder(folder, hospital.facility)

    named = sorted(each.partition(": ")[0] for each in told.refused)
    assert named == [
        "b.json", "c.json", "d.json entry 1", "e.json", "f.json",
        "g.ndjson:1", "g.ndjson:2", "g.ndjson:3",
    ]  # fmt: skip
    assert summary.refused == len(named)
    assert secret not in str(told.refused)
    assert await database.owner.fetchval("SELECT count(*) FROM condition") == 1


async def test_a_file_that_cannot_be_read_and_one_that_fails_hinder_no_other(
    tmp_path: Path, database: Database, hospital: Hospital
) -> None:
    (tmp_path / "a_gone.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "b_large.ndjson").write_bytes(b" " * 9 + b"[" * (LARGEST + 9) + b"\n")
    packed = gzip.compress(lines(PATIENT) + lines(a_condition("c"))) + b"\n"
    (tmp_path / "f_cut.ndjson.gz").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "g_none.json.gz").write_bytes(b"no gzip")
    folder = a_folder(tmp_path, c=registration(LAN), d=sent(CONDITION), e=sent(ENCOUNTER))
    await database.owner.execute(REFUSING)

    try:
        summary, told = await import_folder(folder, hospital.facility)
    finally:
        await database.owner.execute("DROP FUNCTION refuse_one CASCADE")

    refused = sorted(line.partition(": ")[::2] for line in told.refused)
    assert [(name, reason.split()[-1]) for name, reason in refused] == [
        ("a_gone.json", "unpacked"), ("b_large.ndjson:1", "large"), ("d.json", "(RaiseError)"),
        ("f_cut.ndjson.gz:2", "unpacked"), ("g_none.json.gz", "unpacked"),
    ]  # fmt: skip
    assert summary.kinds["Encounter"] == {"created": 1}


REFUSING = """
CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
CREATE TRIGGER refuse_one BEFORE INSERT ON condition FOR EACH ROW EXECUTE FUNCTION refuse_one();
"""


@pytest.mark.parametrize("name", ["all.ndjson", "all.jsonl", "ALL.NDJSON.GZ", "all.jsonl.gz"])
async def test_lines_are_read_under_each_ending_with_a_byte_order_mark_or_without(
    tmp_path: Path, hospital: Hospital, name: str
) -> None:
    raw = b"\xef\xbb\xbf" + lines(a_condition("c"), PATIENT).replace(b"\n", b"\r\n")
    file = tmp_path / name
    file.write_bytes(gzip.compress(raw) if name.lower().endswith(".gz") else raw)
    (tmp_path / "one.json.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf" + encoded(GOAL_OF_P)))

    summary, told = await import_folder(tmp_path, hospital.facility)

    assert told.refused == []
    assert {kind: sum(became.values()) for kind, became in summary.kinds.items()} == {
        "Patient": 1, "Condition": 1, "Goal": 1,
    }  # fmt: skip


GOAL_OF_P = GOAL | {"subject": {"reference": "Patient/p"}}


async def test_patients_come_first_wherever_they_stand_and_every_byte_is_counted(
    tmp_path: Path, hospital: Hospital
) -> None:
    """Also in one file with all kinds, and in a batch that names a patient of a later file."""
    (tmp_path / "a.ndjson").write_bytes(
        lines(a_condition("c1"), sent(a_condition("c2")) | {"type": "batch"}, a_condition("c3"))
    )
    (tmp_path / "b.ndjson").write_bytes(lines(sent(a_condition("c4")), PATIENT))

    summary, told = await import_folder(tmp_path, hospital.facility)

    assert (told.refused, summary.kinds["Condition"]) == ([], {"created": 4})
    assert told.done == ["b.ndjson:2", "a.ndjson:1", "a.ndjson:2", "a.ndjson:3", "b.ndjson:1"]
    assert told.read <= files_in(tmp_path).size


async def test_a_stopped_import_says_so_and_the_next_one_goes_on(
    tmp_path: Path, database: Database, hospital: Hospital
) -> None:
    (tmp_path / "a.ndjson").write_bytes(lines(PATIENT, *(a_condition(f"c{n}") for n in range(9))))
    watcher = Watcher()
    seen: list[Piece] = []

    def stops_after_three(piece: Piece) -> None:
        seen.append(piece)
        if len(seen) == 3:
            watcher.stop.set()

    stopped = await import_files(
        files_in(tmp_path).files, hospital.facility,
        Watcher(done=stops_after_three, stop=watcher.stop),
    )  # fmt: skip
    kept = await database.owner.fetchval("SELECT count(*) FROM condition")
    summary, _ = await import_folder(tmp_path, hospital.facility)

    assert (stopped.stopped, stopped.pieces, kept) == (True, 3, 2)
    assert not summary.stopped
    assert summary.kinds["Condition"] == {"unchanged": 2, "created": 7}


def test_what_an_import_does_not_read_is_listed(tmp_path: Path) -> None:
    for name in ("a.json", "b.xml", "c.ndjson.zip", "d", "e.JSON.GZ", ".f", "g.json.bak"):
        (tmp_path / name).write_text("{}")

    sources = files_in(tmp_path)

    assert [file.name for file in sources.files] == ["a.json", "e.JSON.GZ"]
    assert [file.name for file in sources.left_out] == [
        ".f", "b.xml", "c.ndjson.zip", "d", "g.json.bak",
    ]  # fmt: skip


def test_a_line_too_long_is_one_piece_and_hides_no_other(tmp_path: Path) -> None:
    file = tmp_path / "a.ndjson"
    file.write_bytes(b"{}\n" + b"[" * (2 * LARGEST) + b"\n{}")

    assert [piece.name for piece in pieces_of(file)] == ["a.ndjson:1", "a.ndjson:2", "a.ndjson:3"]


@pytest.mark.parametrize("name", ["", "only.xml"])
def test_a_folder_without_files_is_said_to_be_one(tmp_path: Path, name: str) -> None:
    if name:
        (tmp_path / name).touch()
    with pytest.raises(NothingToImport):
        files_in(tmp_path)


def test_a_pipe_is_left_out_whatever_it_is_called(tmp_path: Path) -> None:
    """Nobody writes to it: whoever opened it would wait for ever."""
    (tmp_path / "a.json").write_text("{}")
    mkfifo(tmp_path / "b.ndjson")

    sources = files_in(tmp_path)

    assert [file.name for file in sources.files] == ["a.json"]
    assert [file.name for file in sources.left_out] == ["b.ndjson"]
