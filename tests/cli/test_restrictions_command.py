"""`hub restrictions explain` says which rule holds what, and where it stands."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from backend.cli.main import hub

CONDITION = {
    "resourceType": "Condition", "id": "c1", "note": [{"text": "Shivering, hives"}],
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F32.1"}]},
}  # fmt: skip
VISIT = {"resourceType": "Encounter", "id": "e1", "serviceProvider": {"display": "Phòng khám HIV"}}


def explain(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(
        hub, ["restrictions", "explain", *map(str, arguments)]
    )


def rows(result: Result) -> list[list[str]]:
    assert result.exit_code == 0, result.output
    lines = [line for line in result.output.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_a_text_is_explained_as_a_name_or_a_department() -> None:
    assert rows(explain("Phát hiện tăng huyết áp")) == [["Phát hiện tăng huyết áp", "none", "", ""]]
    assert rows(explain("HIV dương tính")) == [["HIV dương tính", "hiv", "words «HIV»", ""]]
    assert rows(explain("OPC"))[0][1:3] == ["hiv", "department «OPC»"]


@pytest.mark.parametrize("lines", [True, False], ids=["ndjson", "Bundle"])
def test_each_resource_of_a_file_is_explained_with_the_element(tmp_path: Path, lines: bool) -> None:  # noqa: FBT001  # a parameter of the test
    file = tmp_path / "sent"
    bundle = {"resourceType": "Bundle", "entry": [{"resource": CONDITION}, {"resource": VISIT}]}
    file.write_text("\n".join(map(json.dumps, (CONDITION, VISIT))) if lines else json.dumps(bundle))

    assert rows(explain(file)) == [
        ["Condition/c1", "psychiatric", "ICD-10 F321", "Condition.code.coding[0]"],
        ["Encounter/e1", "hiv", "words «HIV»", "Encounter.serviceProvider.display"],
    ]


def test_each_line_of_a_file_of_texts_is_explained_by_the_rules_that_are_named(
    tmp_path: Path,
) -> None:
    texts, rules = tmp_path / "texts.txt", tmp_path / "rules.json"
    texts.write_text("Viêm xoang\n\nHIV\n")
    rules.write_text('{"classes": [{"name": "sinus", "names": ["viêm xoang"]}]}')

    assert rows(explain(texts, "--rules", rules)) == [
        ["texts.txt:1", "sinus", "words «Viêm xoang»", ""], ["texts.txt:3", "none", "", ""],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "raw", "words"),
    [("gone.json", None, "no such file"), ("odd.txt", b"\xff\xfe\x00", "no text that can be read")],
)
def test_a_file_that_cannot_be_read_is_no_text(
    tmp_path: Path, name: str, raw: bytes | None, words: str
) -> None:
    file = tmp_path / name
    if raw is not None:
        file.write_bytes(raw)

    result = explain(file)

    assert result.exit_code == 2
    assert words in result.output


def test_rules_that_cannot_be_read_are_said_to_be_so(tmp_path: Path) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text("{}")

    result = explain("HIV", "--rules", rules)

    assert (result.exit_code, "the rules cannot be read" in result.output) == (2, True)
