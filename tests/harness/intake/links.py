"""What hospitals say of charts that are one person, in `Patient.link`."""

from typing import Any

from httpx import Response

from backend.sandbox.demo.story_bundles import Resource, StoryPerson
from tests.harness.records.charts import LASTING, TEMPORARY, Charts, chart


def link(kind: str, person: StoryPerson) -> Resource:
    return {"type": kind, "other": {"reference": f"Patient/{person.hospital_number}"}}


def replaced(old: StoryPerson, new: StoryPerson, **more: Any) -> Resource:
    return chart(old, active=False, link=[link("replaced-by", new)], **more)


def standing(person: StoryPerson, **more: Any) -> Resource:
    return chart(person, active=True, **more)


def a_fever(of: str, name: str = "C1") -> Resource:
    return {"resourceType": "Condition", "identifier": [{"system": "urn:test", "value": name}],
            "subject": {"reference": of}, "code": {"text": "Sốt"}}  # fmt: skip


async def are_one(charts: Charts, old: StoryPerson = TEMPORARY, new: StoryPerson = LASTING) -> bool:
    return await charts.owner(old) == await charts.owner(new)


def remarks(answer: Response) -> list[str]:
    """Give what was said of each entry beside its status."""
    return [
        each["response"]["outcome"]["issue"][0]["diagnostics"]
        for each in answer.json()["entry"]
        if "outcome" in each["response"]
    ]
