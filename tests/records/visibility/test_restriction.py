"""What belongs to a restricted class, and what no output may say."""

import json

import pytest

from backend.records.visibility.restriction_config import rules
from backend.records.visibility.restriction_rules import (
    UnreadableRules,
    parse_rules,
    security_labels,
)

ICD = "http://hl7.org/fhir/sid/icd-10"


def class_of(
    *codes: tuple[str, str], labels: tuple[str, ...] = (), departments: tuple[str, ...] = (),
    names: tuple[str, ...] = (),
) -> str:  # fmt: skip
    found = rules().class_of(
        security_labels(codings=codes, labels=labels, departments=departments, names=names)
    )
    return found.name if found else ""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("B20", "hiv"), ("B24.1", "hiv"), ("Z21", "hiv"), ("b22.7", "hiv"), ("B20†", "hiv"),
        ("B19", ""), ("B25", ""), ("O04.9", "abortion"), ("F32.1", "psychiatric"),
        ("F99", "psychiatric"), ("G00", ""), ("A15.0", "tuberculosis"), ("J18.9", ""),
        ("F11.2", "addiction"), ("F1", ""), ("Z71", ""), ("Z71.7", "hiv"), ("Z717", "hiv"),
        ("Z71.4", "addiction"), ("Z52.0", ""), ("Z52.4", "donation"), ("O03.9", ""),
    ],
)  # fmt: skip
def test_ranges_of_icd_10(code: str, expected: str) -> None:
    assert class_of((ICD, code)) == expected
    assert class_of(("", code)) == expected
    assert class_of(("urn:oid:2.16.840.1.113883.6.90", code)) == expected
    assert class_of(("urn:hospital:beds", code)) == ""


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        ("http://www.whocc.no/atc", "J05AR27", "hiv"), ("http://www.whocc.no/atc", "J05AF07", ""),
        ("urn:oid:2.16.840.1.113883.6.73", "N05AH03", "psychiatric"),
        ("http://www.whocc.no/atc", "N05AB04", ""), ("urn:own", "N05AH03", ""),
        ("http://snomed.info/sct/", "86406008", "hiv"), ("http://loinc.org", "86406008", ""),
    ],
)  # fmt: skip
def test_codes_count_in_their_own_system(system: str, code: str, expected: str) -> None:
    assert class_of((system, code)) == expected


def test_codes_labels_departments_and_names_in_any_spelling() -> None:
    assert class_of(("http://loinc.org", "20447-9")) == "hiv"
    assert class_of(labels=("R",)) == "restricted"
    assert class_of(departments=("KHOA TAM THAN 2",)) == "psychiatric"
    assert class_of(names=("Tenofovir/Lamivudin/Dolutegravir",)) == "hiv"
    assert class_of(names=("Giới tính thai nhi",)) == "fetal-sex"
    assert class_of(names=("Giới tính", "Giới tính Siêu âm thai 4D")) == "fetal-sex"
    assert class_of(names=("Giới tính", "Thông tin người bệnh")) == ""
    assert class_of(names=("H·I·V (+)",)) == class_of(names=("Xn H I V",)) == "hiv"
    assert class_of(("http://loinc.org", "718-7"), names=("Huyết sắc tố",)) == ""


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Giới tính thai nhi: Nam.", "Giới tính thai nhi: […]."),
        ("giới tính thai là nữ", "giới tính thai là […]"),
        ("Một thai trai, tim thai 150", "Một thai […], tim thai 150"),
        ("bé gái, ngôi đầu", "bé […], ngôi đầu"),
        ("Fetal sex: female", "Fetal sex: […]"),
        ("It is a boy.", "It is a […]."),
        ("GIOI TINH THAI: NU", "GIOI TINH THAI: […]"),
        ("Giới\u00a0tính  thai:\u200b nam,  đều", "Giới\u00a0tính  thai:\u200b […],  đều"),
        ("Giới tính\n\tthai: na\u00adm\n\nTim", "Giới tính\n\tthai: […]\n\nTim"),
        ("Giới tính th\u0430i: n\u0430m", "Giới tính th\u0430i: […]"),
        ("giới tính thai là nữ; thai  trai", "giới tính thai là […]; thai  […]"),
        ("Thai sống trong tử cung, ngôi đầu", "Thai sống trong tử cung, ngôi đầu"),
        ("Bệnh nhân nữ, 30 tuổi", "Bệnh nhân nữ, 30 tuổi"),
    ],
)
def test_the_sex_of_a_fetus_is_masked_and_nothing_else(text: str, masked: str) -> None:
    assert rules().masked(text) == masked
    assert json.loads(rules().masked(json.dumps({"a": text}, ensure_ascii=False))) == {"a": masked}


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"classes": [{"name": "UPPER"}]}',
     '{"classes": [{"name": "x", "icd10": [["1", "2"]]}]}',
     '{"classes": [{"name": "x", "icd10": ["20"]}]}',
     '{"classes": [{"name": "x", "names": ["*"]}]}',
     '{"classes": [{"name": "x", "codes": ["no bar"]}]}',
     '{"classes": [{"name": "x", "together": [["one"]]}]}',
     '{"classes": [], "masks": ["("]}', '{"classes": [], "masks": ["no group"]}',
     '{"classes": [], "more": 1}'],
)  # fmt: skip
def test_rules_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(UnreadableRules):
        parse_rules(text.encode())
