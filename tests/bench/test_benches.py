"""A bench runs to its end on a small load, and gives every figure that its goals need."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend.bench.goals import GOALS, judged
from tests.harness.tree import ROOT

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]
"""Many processes start, on a machine that may be busy."""

READ = SIGN_IN = ("--patients", "100", "--sessions", "10", "--rounds", "1", "--seconds", "0.2")
SENDING = ("--patients", "8000", "--rounds", "1", "--seconds", "0.2")
DELIVERING = ("--patients", "900", "--rounds", "1", "--seconds", "0.2")
OF_A_LINE = ("rate", "p50", "p99", "ratio", "api_us", "worker_us", "postgres_us")


async def figures_of(folder: Path, *command: str) -> dict[str, float]:
    """Run a bench; it may miss its goals, since a small load on a busy machine says nothing."""
    file = folder / "figures.json"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend.cli.main", "bench", *command, "--json", str(file),
        stdout=DEVNULL,
    )  # fmt: skip
    told: dict[str, Any] = {} if await process.wait() not in {0, 1} else msgspec.json.decode(
        file.read_bytes()
    )  # fmt: skip
    assert process.returncode == (1 if told["missed"] else 0)
    figures: dict[str, float] = told["figures"]
    return figures


def lines_of(figures: dict[str, float], report: str) -> dict[str, float]:
    """Give the ratio of each line of a report; every line has all figures of a line."""
    names = [
        name.removeprefix(f"{report}.").removesuffix(".ratio")
        for name in figures if name.startswith(f"{report}.") and name.endswith(".ratio")
    ]  # fmt: skip
    assert all(f"{report}.{line}.{figure}" in figures for line in names for figure in OF_A_LINE)
    return {line: figures[f"{report}.{line}.ratio"] for line in names}


def unjudged(figures: dict[str, float], prefix: str) -> set[str]:
    """Give the goals of a bench for which it gave no figure."""
    found = {judgement.goal.figure for judgement in judged(figures)}
    return {goal.figure for goal in GOALS if goal.figure.startswith(prefix)} - found


async def test_the_cost_of_going_on_signed_in_is_shown_beside_a_bare_route(tmp_path: Path) -> None:
    figures = await figures_of(tmp_path, "sign-in", *SIGN_IN)

    ratios = lines_of(figures, "sign-in")
    assert ratios["bare route"] == 1.0
    assert min(ratios["renewed, bearer"], ratios["renewed, DPoP"]) > 0


async def test_the_cost_of_reading_is_shown_beside_a_bare_route(tmp_path: Path) -> None:
    figures = await figures_of(tmp_path, "read", *READ)

    assert lines_of(figures, "read")["bare route"] == 1.0
    assert lines_of(figures, "read charts")["one chart"] == 1.0
    assert unjudged(figures, "read.") == unjudged(figures, "read charts.") == set()
    assert figures["read charts.api_megabytes"] > 0


async def test_reading_is_measured_among_few_and_many_patients(tmp_path: Path) -> None:
    figures = await figures_of(tmp_path, "read", *READ, "--sizes", "30,60")

    ratios = lines_of(figures, "read patients")
    assert ratios["30 patients"] == 1.0
    assert ratios["60 patients"] > 0
    assert unjudged(figures, "read patients.") == set()


async def test_the_cost_of_an_event_is_shown_for_each_number_of_clients(tmp_path: Path) -> None:
    figures = await figures_of(tmp_path, "accept", *SENDING, "--clients", "16,64")

    ratios = lines_of(figures, "accept")
    assert ratios["bare route, 16 clients"] == ratios["bare route, 64 clients"] == 1.0
    assert min(ratios.values()) > 0
    assert unjudged(figures, "accept.") == set()
    assert figures["accept.api_megabytes"] > 0


async def test_the_cost_of_a_bundle_is_shown_beside_a_bare_route(tmp_path: Path) -> None:
    figures = await figures_of(tmp_path, "intake", *SENDING)

    assert lines_of(figures, "intake")["Bundle taken in"] > 0
    assert unjudged(figures, "intake.") == set()
    assert figures["intake.resources_per_second"] > 0


async def test_the_cost_of_an_import_is_shown_beside_a_bare_script(tmp_path: Path) -> None:
    size = ("--patients", "2", "--rounds", "1", "--before", str(ROOT))
    figures = await figures_of(tmp_path, "import", *size)

    ratios = lines_of(figures, "import")
    assert min(ratios["hub import"], ratios["hub import of before"]) > 0
    assert figures["import.times_before"] > 0
    assert unjudged(figures, "import.") == set()
    assert figures["import.import_megabytes"] > 0


async def test_texts_and_pushes_are_measured_beside_the_providers_clients(tmp_path: Path) -> None:
    figures = await figures_of(tmp_path, "deliver", *DELIVERING)

    ratios = lines_of(figures, "deliver")
    assert ratios["bare client, SMS 50 ms"] == ratios["bare client, push 0 ms"] == 1.0
    assert min(ratios.values()) > 0
    assert unjudged(figures, "deliver.") == set()
    assert figures["deliver.worker_megabytes"] > 0


async def test_events_are_measured_while_a_worker_delivers_them(tmp_path: Path) -> None:
    figures = await figures_of(tmp_path, "both", *SENDING)

    ratios = lines_of(figures, "both")
    assert ratios["accepted alone"] == 1.0
    assert min(ratios["accepted beside"], ratios["delivered beside"]) > 0
    assert unjudged(figures, "both.") == set()


async def test_the_same_work_is_measured_on_empty_and_full_hubs(tmp_path: Path) -> None:
    figures = await figures_of(tmp_path, "sizes", *SENDING, "--rows", "500")

    for report in ("accept sizes", "deliver sizes", "read sizes"):
        ratios = lines_of(figures, report)
        assert [*ratios] == ["empty", "500 past", "500 past and later"]
        assert min(ratios.values()) > 0
        assert unjudged(figures, report) == set()
    assert unjudged(figures, "idle.") == set()
    assert figures["idle.worker_megabytes"] > 0


async def test_a_bench_whose_patients_are_used_up_says_so_and_exits_2(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend.cli.main", "bench", "accept", "--patients", "20",
        "--rounds", "1", "--seconds", "5", stdout=DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip

    _, said = await process.communicate()

    assert process.returncode == 2
    assert b"more --patients" in said
