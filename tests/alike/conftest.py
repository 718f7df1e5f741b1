"""`pytest tests/alike --scripts 300` runs that many scripts; without it, a few of them."""

import pytest

FEW = 8


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--scripts", type=int, default=FEW, help="how many random scripts are run")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        few = metafunc.config.getoption("--scripts", default=FEW)
        metafunc.parametrize("seed", range(few))
