"""The three straight lines, end to end, through the endpoints of real processes only."""

import pytest

from backend.sandbox.demo.story import Story, Timeline
from backend.sandbox.demo.whole_hub import WholeHub

pytestmark = pytest.mark.processes


async def test_a_result_reaches_two_patients_once_and_support_sees_it(hub: WholeHub) -> None:
    """Every step of `hub demo` raises where it does not come true, so that is the assertion.

    Killing a worker is left to `make demo` and to tests/crash.
    """
    async with Story(hub, Timeline()) as story:
        played = 0
        for step in story.steps():
            if step != story.a_worker_is_killed:
                await step()
                played += 1

    assert played == 12
