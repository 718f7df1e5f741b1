"""The code of an electronic prescription is found where it is declared, and never guessed."""

import pytest

from backend.intake.fhir.resources.prescription_code import SYSTEM, prescription_code_of
from backend.sandbox.demo.story_bundles import Resource

CODE = "01234a5b6c7d-n"
NAMED: Resource = {"type": {"text": "Mã đơn thuốc"}}


@pytest.mark.parametrize(
    "request_",
    [
        {"groupIdentifier": {"system": SYSTEM, "value": CODE}},
        {"identifier": [{"system": "urn:x:rx", "value": "7"}, {"system": SYSTEM, "value": CODE}]},
        {"identifier": [{"system": "https://donthuocquocgia.vn/ma-don", "value": CODE}]},
        {"identifier": [{"system": "http://api.donthuocquocgia.vn", "value": CODE}]},
        {"identifier": [{"system": "urn:x:rx", "value": CODE} | NAMED]},
        {"identifier": [{"value": CODE, "type": {"coding": [{"code": "prescription-code"}]}}]},
        {"identifier": [{"value": CODE, "type": {"coding": [{"display": "MÃ ĐƠN THUỐC"}]}}]},
        {
            "groupIdentifier": {"system": SYSTEM, "value": CODE},
            "identifier": [{"system": SYSTEM, "value": "01234zzzzzzz-n"}],
        },
    ],
)
def test_a_declared_code_is_found(request_: Resource) -> None:
    assert prescription_code_of(request_) == CODE


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"identifier": [{"system": "urn:x:rx", "value": CODE}]},
        {"groupIdentifier": {"system": "urn:x:group", "value": CODE}},
        {"identifier": [{"system": "https://donthuocquocgia.vn.example.com", "value": CODE}]},
        {"identifier": [{"system": SYSTEM, "value": CODE, "use": "old"}]},
        {"identifier": [{"system": SYSTEM, "value": "hai dòng\nmã"}]},
        {"identifier": [{"system": SYSTEM, "value": "x" * 65}]},
        {"identifier": [{"system": SYSTEM}]},
    ],
)
def test_what_only_looks_like_one_is_none(request_: Resource) -> None:
    assert prescription_code_of(request_) is None
