"""A status that takes a record away is found wherever its word stands."""

from typing import Any

import pytest

from backend.intake.fhir.resources.clinical import READERS
from backend.sandbox.demo.story_bundles import Resource

LOCAL = {"system": "urn:bvmau:status", "code": "SAI"}


def read(kind: str, **more: Any) -> Any:
    resource: Resource = {"resourceType": kind, "code": {"text": "Tôm"}}
    return READERS[kind](resource | more, kind)


@pytest.mark.parametrize("kind", ["Condition", "AllergyIntolerance"])
@pytest.mark.parametrize(
    "said",
    [
        {"coding": [{"code": "entered-in-error"}]},
        {"coding": [LOCAL, {"code": "entered-in-error"}]},
        {"coding": [{"code": "confirmed"}, {"code": "entered-in-error"}]},
        {"coding": [{"code": "Entered-In-Error"}]},
        {"coding": [LOCAL], "text": "entered-in-error"},
        {"text": "Entered-in-error"},
    ],
)
def test_what_was_entered_in_error_is_so_in_every_spelling(kind: str, said: Resource) -> None:
    assert read(kind, verificationStatus=said).status == "entered-in-error"


@pytest.mark.parametrize("kind", ["Condition", "AllergyIntolerance"])
def test_the_word_of_fhir_goes_before_a_code_of_the_hospital(kind: str) -> None:
    content = read(
        kind,
        verificationStatus={"coding": [LOCAL, {"code": "refuted"}]},
        clinicalStatus={"coding": [LOCAL, {"code": "resolved"}]},
    )

    assert (content.view.verification, content.view.status) == ("refuted", "resolved")
    assert content.status is None


def test_another_word_is_kept_as_it_was_sent() -> None:
    assert read("Condition", clinicalStatus={"coding": [LOCAL]}).view.status == "SAI"
    assert read("Condition").view.status == "unknown"
