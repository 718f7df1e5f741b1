"""A bench runs to its end on a small load, and says what it is asked for."""

import re

import pytest

from backend.core.subprocesses import output_of

pytestmark = pytest.mark.processes

READ = SIGN_IN = ["--patients", "100", "--sessions", "10", "--rounds", "1", "--seconds", "0.2"]
SENDING = ["--patients", "3000", "--rounds", "1", "--seconds", "0.2"]
ROW = re.compile(r"^(\w[\w, ]*?) {2,}([\d,]+) +([\d.]+) +([\d.]+) +([\d.]+)$", re.MULTILINE)


def ratios(printed: str) -> dict[str, float]:
    return {name: float(ratio) for name, _, _, _, ratio in ROW.findall(printed)}


@pytest.mark.timeout(300)  # five processes start, on a machine that may be busy
async def test_the_cost_of_going_on_signed_in_is_shown_beside_a_bare_route() -> None:
    printed = await output_of(["bench", "sign-in", *SIGN_IN], {})

    assert ratios(printed)["bare route"] == 1.0
    assert ratios(printed)["renewed, bearer"] > 0
    assert ratios(printed)["renewed, DPoP"] > 0


@pytest.mark.timeout(300)  # the same
async def test_the_cost_of_reading_is_shown_beside_a_bare_route() -> None:
    printed = await output_of(["bench", "read", *READ], {})

    assert ratios(printed)["bare route"] == 1.0
    assert ratios(printed)["signed in, bearer"] > 0
    assert ratios(printed)["signed in, DPoP"] > 0
    assert ratios(printed)["one chart"] == 1.0
    assert ratios(printed)["5 charts"] > 0
    assert "The API process has" in printed


@pytest.mark.timeout(300)  # the same, twice
async def test_reading_is_measured_among_few_and_many_patients() -> None:
    printed = await output_of(["bench", "read", *READ, "--sizes", "30,60"], {})

    assert ratios(printed)["30 patients"] == 1.0
    assert ratios(printed)["60 patients"] > 0


@pytest.mark.timeout(300)  # the same
async def test_the_cost_of_an_event_is_shown_beside_a_bare_route() -> None:
    printed = await output_of(["bench", "accept", *SENDING], {})

    assert ratios(printed)["bare route"] == 1.0
    assert ratios(printed)["event accepted"] > 0
    assert "The API process has" in printed


@pytest.mark.timeout(300)  # the same
async def test_the_cost_of_a_bundle_is_shown_beside_a_bare_route() -> None:
    printed = await output_of(["bench", "intake", *SENDING], {})

    assert ratios(printed)["bare route"] == 1.0
    assert ratios(printed)["Bundle taken in"] > 0
    assert "resources/s" in printed
