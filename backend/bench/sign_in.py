"""`hub bench sign-in`: measures the refresh of tokens beside a route that inserts one row."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from backend.bench.client import request_bytes
from backend.bench.comparing import ComparedKind, bare_route, circumstances, in_turn
from backend.bench.loaded.people import (
    BenchPatient,
    load_patients,
    loading,
    renewal,
    sign_in,
)
from backend.bench.processes import processes_of
from backend.bench.report import BenchReport, ceiling_note, compared
from backend.core.database import new_id
from backend.core.settings import take_settings_of
from backend.sandbox.demo.whole_hub import whole_hub

NO_LIMIT: Final = {"HUB_PROOFS_PER_MINUTE": "1000000000"}
"""All phones of this machine have one address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInSize:
    """How much is loaded, and how long is measured."""

    patients: int = 10_000
    sessions: int = 1_500
    """Of each kind, for each round: a refresh token works once."""
    rounds: int = 5
    seconds: float = 2.0
    """At most, for each kind of request in each round."""


async def renew(size: SignInSize) -> BenchReport:
    """Start everything in a temporary folder, and measure."""
    report = BenchReport(name="sign-in", heading="Tokens renewed, beside one INSERT")
    with tempfile.TemporaryDirectory(prefix="patient-hub-bench-") as folder:
        async with (
            whole_hub(Path(folder), workers=0, settings=NO_LIMIT) as hub,
            bare_route(hub, "event") as bare,
        ):
            take_settings_of(hub.environment)  # refresh tokens are made with this hub's keys
            enough = size.sessions * (size.rounds + 1)
            async with loading(hub.engines.database_url("postgres")) as owner:
                await load_patients(owner, size.patients)
                bearers = iter(await sign_in(owner, enough, prove=False))
                bound = iter(await sign_in(owner, enough, prove=True))
            api, count, ours = hub.api_url, size.sessions, processes_of(hub)
            kinds = [
                ComparedKind(
                    "bare route", bare.address, lambda: _bare(bare.address, count), bare.processes
                ),
                ComparedKind("renewed, bearer", api, _next(api, bearers, count), ours),
                ComparedKind("renewed, DPoP", api, _next(api, bound, count), ours),
            ]
            runs = await in_turn(kinds, rounds=size.rounds, seconds=size.seconds)
            report.lines = compared(runs)
            report.note_memory(ours.megabytes())
    report.notes += [
        f"{size.patients:,} patients, {circumstances(size.rounds)}", ceiling_note(runs),
    ]  # fmt: skip
    return report


def _bare(bare: str, requests: int) -> list[bytes]:
    headers = {"Content-Type": "application/json"}
    return [
        request_bytes("POST", f"{bare}/", headers, b'{"id":"%s"}' % str(new_id()).encode())
        for _ in range(requests)
    ]


def _next(api: str, people: Iterator[BenchPatient], requests: int) -> Callable[[], list[bytes]]:
    def renewals() -> list[bytes]:
        return [request_bytes("POST", *renewal(api, person)) for person in islice(people, requests)]

    return renewals
