"""An order as a hospital sends it."""

from typing import Any

from tests.harness.intake.other_kinds import HERS, concept

Resource = dict[str, Any]


def order(name: str, **more: Any) -> Resource:
    return {"resourceType": "ServiceRequest", "id": name, "status": "active", "intent": "order",
            "subject": HERS, "code": concept(name)} | more  # fmt: skip
