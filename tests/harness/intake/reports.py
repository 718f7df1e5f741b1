"""A report and its measurements, as a hospital sends them."""

from typing import Any

from tests.harness.intake.other_kinds import HERS, concept

Resource = dict[str, Any]


def measurement(name: str = "m1", **more: Any) -> Resource:
    return {
        "resourceType": "Observation", "id": name, "status": "final", "subject": HERS,
        "code": concept("Glucose"), "effectiveDateTime": "2026-10-01",
    } | more  # fmt: skip


def report(*names: str, **more: Any) -> Resource:
    return {
        "resourceType": "DiagnosticReport", "id": "d1", "status": "final", "subject": HERS,
        "code": concept("Sinh hóa máu"), "issued": "2026-10-01T08:00:00+07:00",
        "result": [{"reference": f"Observation/{each}"} for each in names or ("m1",)],
    } | more  # fmt: skip
