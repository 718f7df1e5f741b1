"""Every phrase of `phrases.tsv` is held or not as its author said, who had not read the rules."""

import re
from pathlib import Path

import pytest

from backend.records.visibility.restriction_config import rules
from backend.records.visibility.restriction_rules import security_labels

SYSTEMS = {
    "code ICD-10": "http://hl7.org/fhir/sid/icd-10", "code ATC": "http://www.whocc.no/atc",
    "code LOINC": "http://loinc.org", "code SNOMED CT": "http://snomed.info/sct",
    "code local": "urn:hospital:own",
}  # fmt: skip
CLASSES = {
    "none": "", "domestic_violence": "violence", "genetics": "genetic",
    "sexual_infection": "sexual-infection",
}  # fmt: skip
"""The author's words for classes that the rules call otherwise."""
MENTIONED = security_labels(codings=(), labels=(), departments=(), names=())
"""What a note says is not what the record is: it hides nothing from everybody."""
ROWS = [
    line.split("\t")
    for line in (Path(__file__).parent / "phrases.tsv").read_text("utf-8").splitlines()[1:]
]


def unescaped(phrase: str) -> str:
    def letter(found: re.Match[str]) -> str:
        return {"n": "\n", "r": "\r"}.get(found[1]) or chr(int(found[1][1:], 16))

    return re.sub(r"\\(n|r|u[0-9a-f]{4})", letter, phrase)


def class_of(phrase: str, place: str) -> str:
    said = security_labels(
        codings=[(SYSTEMS[place], phrase)] if place in SYSTEMS else (),
        labels=(),
        departments=(phrase,) if place == "department" else (),
        names=() if place in SYSTEMS or place == "department" else (phrase,),
    )
    found = rules().class_of(said, MENTIONED)
    return found.name if found else ""


def test_the_set_is_whole() -> None:
    assert len(ROWS) == 500
    assert sum(restricted != "none" for _, _, restricted, _ in ROWS) == 150


@pytest.mark.parametrize(("phrase", "place", "restricted", "_why"), ROWS)
def test_a_phrase_is_in_the_class_that_its_author_said(
    phrase: str, place: str, restricted: str, _why: str
) -> None:
    assert class_of(unescaped(phrase), place) == CLASSES.get(restricted, restricted)
