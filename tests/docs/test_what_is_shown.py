"""The page on what a patient sees names every kind, and the comparison with it reads it right."""

from pathlib import Path

from backend.intake.fhir.model.bundle import PARTIES
from backend.records.kinds import KINDS
from conformance.leaves import Read, leaves
from conformance.shown_table import read_page

PAGE = """
## Every kind
| not shown as sent | why, or in which form |
|---|---|
| `**.coding.code` | the words beside it are shown |
| `extension.**` | unknown |

## Condition
| shown element | what the patient sees |
|---|---|
| `code`, `onset*` | as sent |
| `clinicalStatus.coding.code` | in words |

| not shown as sent | why, or in which form |
|---|---|
| `onsetAge.code`, `timing.**.unit` | the unit stands there |

## Kinds that are not shown
| kind | why |
|---|---|
| `Claim`, `Invoice` | money |
"""
"""An invented page, in the form of the real one."""


def shown_by_page(tmp_path: Path, kind: str, path: str) -> bool | None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    row = read_page(page).row_of(kind, path)
    return row.shown if row else None


def test_every_kind_has_a_section_of_what_is_shown_of_it() -> None:
    told = {row.kind for row in read_page().rows if row.shown}

    assert {kind.fhir for kind in KINDS} | PARTIES | {"Patient"} <= told


def test_a_kind_without_a_record_is_shown_only_as_a_name() -> None:
    rows = read_page().rows

    shown = {row.kind for row in rows if row.shown}
    nothing_else = {row.kind for row in rows if "*" in row.patterns}
    kinds = {kind.fhir for kind in KINDS} | {"Patient"}
    assert shown - kinds <= nothing_else
    assert shown - kinds <= PARTIES
    assert nothing_else & kinds == set()


def test_each_element_is_named_once() -> None:
    named = [(row.kind, pattern) for row in read_page().rows for pattern in row.patterns]

    assert [each for each in named if named.count(each) > 1] == []


def test_the_row_that_names_most_of_a_path_counts(tmp_path: Path) -> None:
    def shown(path: str) -> bool | None:
        return shown_by_page(tmp_path, "Condition", path)

    assert [shown("code.text"), shown("code.coding.display")] == [True, True]
    assert [shown("code.coding.code"), shown("clinicalStatus.coding.code")] == [False, True]
    assert [shown("onsetAge.value"), shown("onsetAge.code")] == [True, False]
    assert [shown("extension.extension.valueString"), shown("severity.text")] == [False, None]
    assert [shown("timing.repeat.unit"), shown("timing.unit"), shown("timing.x")] == [
        False, False, None,
    ]  # fmt: skip
    assert shown_by_page(tmp_path, "Invoice", "total.value") is False
    assert shown_by_page(tmp_path, "Account", "name") is None


def test_a_leaf_is_found_as_a_moment_a_number_a_word_or_a_text() -> None:
    read = Read([{"at": "2026-07-01T08:00:00+07:00", "value": "72.50", "dosage": "Uống 2 viên",
                  "reported": False}])  # fmt: skip

    assert read.has("2026-07-01T01:00:00Z")
    assert read.has("72.50")
    assert not read.has("72.5")
    assert read.has("2")
    assert not read.has("7")
    assert read.has("uống  2 VIÊN")
    assert read.has(False)
    assert not read.has("viên nang")


def test_a_date_is_found_as_people_here_write_it() -> None:
    read = Read(["từ 16/01/2015 đến hết 20/01/2015", "15/01/2015 18:00"])

    assert [read.has("2015-01-16"), read.has("2015-01"), read.has("2015-01-17")] == [
        True, True, False,
    ]  # fmt: skip
    assert read.has("2015-01-15T22:00:00+11:00")
    assert not read.has("2015-01-15T22:00:00Z")


def test_leaves_are_named_without_places_and_without_the_patient() -> None:
    resource = {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/1", "display": "Lan"},
        "code": {"coding": [{"code": "1"}, {"code": "2"}]},
        "severity": {"coding": [{"display": "Severe"}], "text": "Nặng"},
    }

    assert list(leaves(resource)) == [
        ("code.coding.code", "1"),
        ("code.coding.code", "2"),
        ("severity.coding.display beside text", "Severe"),
        ("severity.text", "Nặng"),
    ]
