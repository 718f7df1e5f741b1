"""A goal that is missed is named, and the command exits 1; what nobody measured is not judged."""

from pathlib import Path

import msgspec
import pytest

from backend.bench.goals import GOALS, missed, not_measured
from backend.bench.processes import ProcessorTime
from backend.bench.report import BenchReport, ReportLine, conclude, table_of_goals


def accepted(ratio: float, p99: float = 10.0) -> BenchReport:
    line = ReportLine(
        name="16 clients", rate=900.0, p50=5.0, p99=p99, ratio=ratio,
        cost=ProcessorTime(api=400.0, postgres=300.0),
    )  # fmt: skip
    return BenchReport(name="accept", heading="Events", lines=[line])


def test_a_ratio_below_its_goal_is_missed_and_at_its_goal_is_not() -> None:
    assert [miss.goal.figure for miss in missed(accepted(0.49).figures())] == [
        "accept.16 clients.ratio"
    ]
    assert missed(accepted(0.5).figures()) == []


def test_a_time_above_its_goal_is_missed_and_at_its_goal_is_not() -> None:
    assert [miss.goal.figure for miss in missed(accepted(0.6, p99=20.1).figures())] == [
        "accept.16 clients.p99"
    ]
    assert missed(accepted(0.6, p99=20.0).figures()) == []


def test_the_worst_of_several_figures_is_judged() -> None:
    figures = {"accept sizes.empty.ratio": 1.0, "accept sizes.9 past.ratio": 1.3,
               "accept sizes.9 past and later.ratio": 1.1}  # fmt: skip

    (miss,) = missed(figures)

    assert miss.measured == 1.3


def test_memory_is_judged_whichever_bench_saw_it() -> None:
    report = accepted(0.6)
    report.note_memory({"api": 150.0, "worker": 90.0})
    report.note_memory({"api": 201.0, "worker": 80.0})

    (miss,) = missed(report.figures())

    assert (miss.goal.figure, miss.measured) == ("*.api_megabytes", 201.0)


def test_what_is_missed_is_named_and_the_command_exits_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "figures.json"

    assert conclude([accepted(0.49)], file) == 1
    assert "MISSED event accepted, 16 clients, of bare: 0.49" in capsys.readouterr().out
    told = msgspec.json.decode(file.read_bytes())
    assert told["figures"]["accept.16 clients.p99"] == 10.0
    assert told["figures"]["accept.16 clients.postgres_us"] == 300.0
    assert len(told["missed"]) == 1
    assert told["at"]


def test_where_nothing_is_missed_the_command_exits_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert conclude([accepted(0.5)], None) == 0
    assert "MISSED" not in capsys.readouterr().out


def test_a_goal_without_a_figure_is_not_judged_and_a_run_of_everything_names_it() -> None:
    figures = accepted(0.5).figures()

    missing = {goal.figure for goal in not_measured(figures)}

    assert "both.accepted beside.ratio" in missing
    assert "accept.16 clients.ratio" not in missing


def test_the_table_says_of_each_measured_goal_whether_it_is_met() -> None:
    table = [*table_of_goals(accepted(0.49).figures())]

    assert "| event accepted, 16 clients, of bare | 0.49 | at least 0.5 | **missed** |" in table
    assert "| event accepted, 16 clients, p99 in ms | 10 | at most 20 | met |" in table


def test_every_goal_has_its_own_work_and_figure() -> None:
    assert len({goal.figure for goal in GOALS}) == len({goal.work for goal in GOALS}) == len(GOALS)
