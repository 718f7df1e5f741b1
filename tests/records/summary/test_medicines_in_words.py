"""A summary and its print say how a medicine is taken, and have the code of the prescription."""

from typing import Any

import segno

from backend.core.i18n import Language
from backend.records.summary.pdf import MOST_CODES, paper_of
from backend.sandbox.demo.story_bundles import Resource
from tests.conftest import Database
from tests.harness.records.papers import AT, a_medicine, a_page
from tests.harness.records.summary_record import (
    Lan,
    a_measurement,
    one,
    section,
)
from tests.harness.records.summary_record import a_medicine as a_request

MEDICINES = "10160-0"
CODE = "01234a5b6c7d-n"
WEEKLY: Resource = {
    "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}},
    "doseAndRate": [{"doseQuantity": {"value": 4, "unit": "viên"}}],
}
GROUP: Resource = {"groupIdentifier": {"system": "urn:vn:prescription-code", "value": CODE}}


def with_code(n: int, name: str, code: str) -> Any:
    return a_medicine(n, name, view={"prescriptionCode": code, "status": "active"})


async def test_once_a_week_is_said_to_the_next_doctor_in_both_languages(lan: Lan) -> None:
    await lan.hospital_sends(a_request("Methotrexat 2,5 mg", dosageInstruction=[WEEKLY]))

    vi, en = await lan.text(), (await lan.asks(accept_language="en")).text

    said = one(vi, "MedicationRequest")["dosageInstruction"]
    assert said == [{"text": "Mỗi lần 4 viên, mỗi tuần 1 lần"}]
    assert "Mỗi lần 4 viên, mỗi tuần 1 lần" in section(vi, MEDICINES)["text"]["div"]
    assert "4 viên each time, once a week" in section(en, MEDICINES)["text"]["div"]


def test_a_print_has_each_code_once_with_its_medicines() -> None:
    page = a_page(
        [with_code(1, "A", CODE), with_code(2, "B", CODE), with_code(3, "C", "98765zzzzzzz-c")]
    )

    codes = page["prescriptions"]["codes"]

    assert [(each["code"], each["medicines"]) for each in codes] == [
        (CODE, "A, B"),
        ("98765zzzzzzz-c", "C"),
    ]
    drawn = segno.make_qr(CODE, error="m").svg_inline(border=2)
    assert codes[0]["qr"].split("<path")[1] == drawn.split("<path")[1]


def test_the_code_is_drawn_on_the_paper_and_a_page_without_one_is_as_it_was() -> None:
    plain, coded = (
        paper_of(a_page([a_medicine(1, "A", view={"status": "active"} | more)]), "link", AT)
        for more in ({}, {"prescriptionCode": CODE})
    )

    assert coded != plain
    assert a_page([a_medicine(1, "A", view={"status": "active"})])["prescriptions"]["codes"] == []


def test_a_print_draws_the_newest_codes_only() -> None:
    many = [with_code(n, f"M{n}", f"01234a5b6c{n:02}-n") for n in range(MOST_CODES + 5)]

    assert len(a_page(many)["prescriptions"]["codes"]) == MOST_CODES


async def test_the_code_reaches_app_and_summary_and_no_message(
    lan: Lan, database: Database
) -> None:
    await lan.hospital_sends(a_request(dosageInstruction=[WEEKLY], **GROUP))

    listed = await lan.client.get("/v1/patients/me/medicines", headers=lan.tokens.bearer)
    texts = await database.owner.fetch("SELECT notification::text AS words FROM notification")

    assert [each["prescriptionCode"] for each in listed.json()["items"]] == [CODE]
    assert one(await lan.text(), "MedicationRequest")["groupIdentifier"]["value"] == CODE
    assert not [row for row in texts if CODE in row["words"]]


async def test_a_moment_is_written_day_first_and_stays_as_it_was_sent(lan: Lan) -> None:
    await lan.hospital_sends(
        {name: part for name, part in a_measurement().items() if name != "valueQuantity"}
        | {"valueDateTime": "2026-10-05T00:00:00+07:00"}
    )

    vi, en = await lan.text(), (await lan.asks(accept_language="en")).text

    assert one(vi, "Observation")["valueDateTime"] == "2026-10-05T00:00:00+07:00"
    assert "05/10/2026" in vi
    assert "2026-10-05<" in en


def test_a_page_in_english_says_dosages_in_english() -> None:
    words = {"vi": "Mỗi ngày 1 lần", "en": "Once a day"}
    view = {"status": "active", "dosageInWords": words}

    page = a_page([a_medicine(1, "A", "Mỗi ngày 1 lần", view=view)], Language.EN)

    cells = [cell for part in page["sections"] for row in part["rows"] for cell in row]
    assert "Once a day" in cells
    assert "Mỗi ngày 1 lần" not in cells
