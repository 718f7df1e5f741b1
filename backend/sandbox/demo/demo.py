"""`hub demo`: plays the whole story on real engines, and checks each step."""

import tempfile
from pathlib import Path

from backend.sandbox.demo.story import StepDiffers, Story, Timeline
from backend.sandbox.demo.whole_hub import NotStarted, whole_hub

SETTINGS = {
    "HUB_LEASE_SECONDS": "2",
    "HUB_DOUBT_SECONDS": "0.5",
    "HUB_QUIET_HOURS": "",
}
"""So that the story is short, and the same at any hour of the day."""


async def play() -> int:
    """Play the story in a temporary folder; give 0 if every step succeeded."""
    timeline = Timeline()
    with tempfile.TemporaryDirectory(prefix="patient-hub-demo-") as folder:
        try:
            async with whole_hub(Path(folder), settings=SETTINGS) as hub:
                story = Story(hub, timeline)
                async with story:
                    for step in story.steps():
                        await step()
        except NotStarted as silent:
            timeline.say(f"FAILED: {silent} did not start")
            return 1
        except StepDiffers as different:
            timeline.say(f"FAILED in {different}")
            return 1
    timeline.say("Every step came true.")
    return 0
