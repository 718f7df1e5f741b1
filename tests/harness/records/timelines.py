"""What stands on the timeline of the story."""

from tests.harness.intake.other_kinds import HERS, concept

VITAL = {
    "resourceType": "Observation", "id": "v1", "status": "final", "subject": HERS,
    "code": concept("Mạch", "pulse"), "effectiveDateTime": "2026-10-01T08:10:00+07:00",
    "valueInteger": 72,
}  # fmt: skip
LETTER = {
    "resourceType": "DocumentReference", "id": "d1", "status": "current", "subject": HERS,
    "description": "Giấy ra viện", "date": "2026-10-02T10:00:00+07:00",
    "content": [{"attachment": {"contentType": "text/plain", "data": "xIDDow=="}}],
}  # fmt: skip
