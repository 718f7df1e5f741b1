"""Every mistake is named by its place, and no mistake repeats what was written there."""

import pytest

from backend.intake.fhir.model.parsing import InvalidFhir, NotFhir, parse_resource

SECRET = "Nguyễn Văn Tư 046055000012"

MISTAKES = {
    '{"resourceType":"Patient","birthDate":"%s"}': ("Patient.birthDate", "is not a valid date"),
    '{"resourceType":"Patient","%s":1}': ("Patient.(unknown)", "unknown element"),
    '{"resourceType":"Patient","extension":[{"url":"u","valueBase64Binary":"%s"}]}': (
        "Patient.extension[0].valueBase64Binary", "is not a valid base64Binary",
    ),
    '{"resourceType":"Patient","name":"%s"}': (
        "Patient.name", "expected an array, found a string",
    ),
    '{"resourceType":"Patient","deceasedDateTime":"%s"}': (
        "Patient.deceasedDateTime", "is not a valid dateTime",
    ),
    '{"resourceType":"Patient","active":"%s"}': (
        "Patient.active", "expected true or false, found a string",
    ),
    '{"resourceType":"Patient","telecom":[{"rank":0}],"name":[{"text":"%s"}]}': (
        "Patient.telecom[0].rank", "is not a valid positiveInt",
    ),
    '{"resourceType":"Patient","name":[{"text":"%s","text":"b"}]}': (
        "Patient.name[0].text", "the key appears more than once",
    ),
    '{"resourceType":"Observation","status":"final","code":{"text":"%s"},"valueString":"a",'
    '"valueBoolean":true}': ("Observation.value[x]", "only one type may be given"),
    '{"resourceType":"Observation","status":"final","code":{"text":"%s"},'
    '"valueQuantity":{"value":1e999999999999999999999}}': ("Observation", "has a number too large"),
}  # fmt: skip


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_by_place_and_kind_only(text: str) -> None:
    with pytest.raises(InvalidFhir) as refused:
        parse_resource((text % SECRET).encode())

    told = [(each.path, each.message) for each in refused.value.faults]
    assert MISTAKES[text] in told
    assert not [word for word in SECRET.split() if word in str(told)]


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(InvalidFhir) as refused:
        parse_resource(b'{"resourceType":"Observation","issued":"2020","valueInteger":"x"}')

    assert [each.path for each in refused.value.faults] == [
        "Observation.issued", "Observation.valueInteger", "Observation.status", "Observation.code",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["[]", "5", '{"resourceType":"Lan"}', "{}", "nothing", '"a"'])
def test_what_is_no_resource_is_said_to_be_none(text: str) -> None:
    with pytest.raises(NotFhir) as refused:
        parse_resource(text.encode())

    assert "Lan" not in str([refused.value.faults, refused.value.message])


def test_numbers_stay_as_they_were_written() -> None:
    read = parse_resource(
        b'{"resourceType":"Observation","status":"final","code":{"text":"x"},'
        b'"valueQuantity":{"value":72.50}}'
    )

    assert str(read["valueQuantity"]["value"]) == "72.50"
