"""`pytest tests/any_order --orders 200` tries that many random orders; without it, a few."""

import pytest

FEW = 6


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--orders", type=int, default=FEW, help="how many random orders are tried")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        few = metafunc.config.getoption("--orders", default=FEW)
        metafunc.parametrize("seed", range(few))
