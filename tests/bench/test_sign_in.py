"""A bench runs to its end on a small load, and says what it is asked for."""

import re

import pytest

from backend.processes import output_of

SMALL = ["--patients", "100", "--sessions", "10", "--rounds", "1", "--seconds", "0.2"]
ROW = re.compile(r"^(\w[\w, ]+?) {2,}([\d,]+) +([\d.]+) +([\d.]+) +([\d.]+)$", re.MULTILINE)


@pytest.mark.timeout(300)  # five processes start, on a machine that may be busy
async def test_the_cost_of_signing_in_is_shown_beside_a_bare_route() -> None:
    printed = await output_of(["bench", "sign-in", *SMALL], {})

    rows = {name: float(ratio) for name, _, _, _, ratio in ROW.findall(printed)}
    assert rows["bare route"] == 1.0
    assert rows["signed in, bearer"] > 0
    assert "The API process has" in printed
