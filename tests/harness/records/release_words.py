"""What a hospital says of the release of a record, and what it answers."""

from itertools import count
from typing import Any, Final

from backend.sandbox.demo.story_bundles import LAN
from tests.harness.intake.hospital import Hospital

NOWHERE: frozenset[str] = frozenset()
RELEASED, KEPT_BACK = "record.released", "record.kept_back"
REPORT: Final = {"reference": "DiagnosticReport/r1"}

_numbers = count(1)


def word(kind: str, record: dict[str, Any] = REPORT, **more: Any) -> dict[str, Any]:
    return {
        "eventId": f"w{next(_numbers)}", "type": kind, "record": record,
        "patient": {"hospitalNumber": LAN.hospital_number},
    } | more  # fmt: skip


async def says(hospital: Hospital, kind: str, record: dict[str, Any] = REPORT) -> None:
    answer = await hospital.says(word(kind, record))
    assert answer.status_code == 202, answer.text
