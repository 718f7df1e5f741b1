"""Names and phones of a FHIR Patient: which is in use today, and what the answer says."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from httpx import AsyncClient

from backend.auth.identity.identifiers import IN_MESSAGE, Identifier
from backend.intake.fhir.model.bundle import Entry
from backend.intake.fhir.resources.patient import MOST_PHONES, person, remarks_on_patient
from tests.conftest import Database
from tests.harness.intake.hospital import a_hospital
from tests.harness.intake.other_kinds import Resource, concept, sent

TODAY = datetime(2026, 11, 30, 5, tzinfo=UTC)
OLD, NEW, MOBILE = "Nguyễn Tên Cũ", "Nguyễn Tên Mới", "0912345678"
ENDED = {"end": "2026-11-29"}


def read(**elements: Any) -> Any:
    resource = {"resourceType": "Patient", **elements}
    with time_machine.travel(TODAY):
        return person(
            Entry(
                path="entry[0].resource", kind="Patient", full_url="", said_id="", identifiers=(),
                resource=resource,
            ),
            Identifier(IN_MESSAGE, "entry[0].resource"),
        )  # fmt: skip


@pytest.mark.parametrize(
    "names",
    [
        [{"text": OLD, "period": ENDED}, {"text": NEW, "period": {"start": "2019-05-01"}}],
        [{"use": "official", "text": OLD, "period": ENDED}, {"use": "official", "text": NEW}],
        [{"use": "official", "text": OLD, "period": ENDED}, {"use": "nickname", "text": NEW}],
        [{"use": "nickname", "text": OLD}, {"text": NEW}],
        [{"use": "maiden", "text": OLD}, {"text": NEW}],
        [{"use": "temp", "text": OLD}, {"text": NEW}],
        [{"use": "anonymous", "text": OLD}, {"use": "usual", "text": NEW}],
        [{"use": "old", "text": OLD}, {"use": "maiden", "text": NEW}],
        [{"text": OLD}, {"use": "usual", "text": NEW}],
        [{"text": OLD, "period": {"start": "2027-01-01"}}, {"text": NEW}],
        [{"use": "official"}, {"use": "official", "text": NEW}],
        [{"use": "old", "text": NEW}],  # the only one there is
    ],
)  # fmt: skip
def test_a_patient_is_called_by_the_name_in_use(names: list[dict[str, Any]]) -> None:
    assert read(name=names).name == NEW


@pytest.mark.parametrize(
    ("period", "in_use"),
    [
        ({}, True),
        ({"start": "2020-01-01"}, True),
        ({"start": "2020-01-01", "end": "9999-12-31"}, True),
        ({"end": "9999"}, True),
        ({"end": "2099-12-31"}, True),
        ({"end": "2026-11-30"}, True),
        ({"end": "2026-11"}, True),
        ({"end": "2026"}, True),
        ({"end": "2026-11-30T13:00:00+07:00"}, True),
        ({"end": "2026-11-30T11:00:00+07:00"}, False),
        ({"end": "2026-11-29"}, False),
        ({"end": "2022-01-01"}, False),
        ({"end": "2025"}, False),
        ({"start": "2098-01-01"}, False),
        ({"start": "9999-12-31"}, False),
        ({"start": "2026-12-01"}, False),
        ({"start": "2026-11-30"}, True),
        ({"start": "0001-01-01"}, True),
    ],
)
def test_a_phone_is_taken_while_its_period_lasts(period: dict[str, str], *, in_use: bool) -> None:
    phone = {"system": "phone", "use": "mobile", "value": MOBILE, "period": period}

    assert read(telecom=[phone]).mobile == ("+84912345678" if in_use else None)


@pytest.mark.parametrize(
    ("value", "remark"),
    [
        ("0912345678", ""),
        ("028 3822 1234", "no mobile number"),
        ("0912345678 (con)", "only as a contact"),
        ("0912345678 / 0987654321", "several numbers"),
    ],
)
def test_the_answer_says_which_phone_was_not_taken_as_own(value: str, remark: str) -> None:
    phone = {"system": "phone", "use": "mobile", "value": value}

    remarks = remarks_on_patient({"resourceType": "Patient", "telecom": [phone]})

    assert len(remarks) == bool(remark)
    assert all(said.startswith("telecom[0] ") and remark in said for said in remarks)
    assert not any(digits in said for said in remarks for digits in ("0912", "0987", "3822"))


@pytest.mark.parametrize(
    ("phone", "remarked"),
    [
        ({"system": "phone"}, True),
        ({"system": "sms"}, True),
        ({"system": "phone", "use": "home"}, True),
        ({"system": "phone", "use": "old"}, False),
        ({"system": "phone", "use": "home", "period": {"end": "2022"}}, False),
        ({"system": "fax"}, False),
    ],
)
def test_a_mobile_that_is_not_called_one_is_remarked(phone: Resource, *, remarked: bool) -> None:
    """Else nobody learns why its owner gets no texts; beside an own phone all is well."""
    alone = remarks_on_patient({"resourceType": "Patient", "telecom": [phone | {"value": MOBILE}]})
    own = {"system": "phone", "use": "mobile", "value": "0987654321"}
    beside = remarks_on_patient(
        {"resourceType": "Patient", "telecom": [phone | {"value": MOBILE}, own]}
    )

    told = "telecom[0] gets no texts and no codes: its use is not mobile"
    assert alone == ((told,) if remarked else ())
    assert beside == ()


def test_a_name_of_blanks_hides_no_other_spelling_of_it() -> None:
    parts = {"family": "Nguyễn", "given": ["Lan"]}

    assert read(name=[{"text": " "} | parts]).name == "Nguyễn Lan"
    assert read(name=[{"text": "\u00a0"}, {"text": "Lan"}]).name == "Lan"


def test_the_answer_says_that_a_placeholder_finds_nobody() -> None:
    numbers = [
        {"system": "urn:vn:citizen-id", "value": value} for value in ("079185000011", "0" * 12)
    ]

    remarks = remarks_on_patient({"resourceType": "Patient", "identifier": numbers})

    assert [said.split()[0] for said in remarks] == ["identifier[1]"]


async def test_a_bundle_about_two_who_share_a_placeholder_is_refused(
    database: Database, client: AsyncClient
) -> None:
    hospital = await a_hospital(database, client)
    for number in ("BN-1", "BN-2"):
        registered = await hospital.posts(sent(stranger(number)))
        assert registered.status_code == 200, registered.text
        assert "placeholder" in registered.text

    of_one = await hospital.posts(sent(condition_of("BN-1")))
    of_both = await hospital.posts(sent(condition_of("BN-1"), condition_of("BN-2")))

    assert (of_one.status_code, of_both.status_code) == (200, 422)


def stranger(number: str) -> Resource:
    numbers = [("urn:vn:citizen-id", "0" * 12), ("urn:test:patient", number)]
    return {
        "resourceType": "Patient",
        "identifier": [{"system": system, "value": value} for system, value in numbers],
        "name": [{"text": NEW}],
    }


def condition_of(number: str) -> Resource:
    return {
        "resourceType": "Condition",
        "identifier": [{"system": "urn:test:condition", "value": number}],
        "subject": {"identifier": {"system": "urn:test:patient", "value": number}},
        "code": concept("Viêm xoang mạn"),
    }


def test_of_thousands_of_phones_the_first_are_read_and_the_answer_says_so() -> None:
    phones = [
        {"system": "phone", "use": "mobile", "value": f"09{n:08d}"} for n in range(MOST_PHONES + 1)
    ]
    relatives = [{"telecom": [{"system": "phone", "value": f"03{n:08d}"}]} for n in range(3000)]

    known = read(telecom=phones, contact=relatives)
    remarks = remarks_on_patient({"resourceType": "Patient", "telecom": phones})

    assert len(known.other_phones) == 2 * MOST_PHONES - 1
    assert remarks[0].startswith(f"telecom[{MOST_PHONES}] and all behind it")
    assert len(remarks) == MOST_PHONES
