"""A second chart at the same hospital, which may turn out to be the same person's."""

from typing import Any, Final

from backend.auth.registration.patients import Identifier, Known, find
from backend.sandbox.demo.story_bundles import HOSPITAL_NUMBERS, LAN
from tests.harness.intake.hospital import Hospital
from tests.harness.records.charts import TEMPORARY, chart, said

NUMBER: Final = TEMPORARY.hospital_number
THEIRS: Final[dict[str, Any]] = {
    "subject": {"identifier": {"system": HOSPITAL_NUMBERS, "value": NUMBER}}
}


async def opens_another_chart(hospital: Hospital) -> None:
    answer = await hospital.posts(said(chart(TEMPORARY)))
    assert answer.status_code == 200, answer.text


async def both_numbers(hospital: Hospital) -> tuple[Known, Known]:
    """Give hers and the other chart's, as they lead somewhere now."""
    found = [
        await find([Identifier(HOSPITAL_NUMBERS, number)], hospital.facility)
        for number in (LAN.hospital_number, NUMBER)
    ]
    hers, theirs = found
    assert hers
    assert theirs
    return hers, theirs
