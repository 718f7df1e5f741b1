"""`make timing`: asks and guesses for people with no to three charts, and tries to tell them apart.

A real API and a worker in processes of their own, over HTTP on loopback. Each id asks for a code,
shows a wrong one, and asks again too soon. The address changes with every id, through a trusted
proxy, and the hub's clock moves on between rounds, so that only the limit that is meant refuses.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from secrets import SystemRandom
from time import perf_counter
from typing import Any

import asyncpg
import httpx
from typer import echo

from backend.core.crypto.key_ring import LIVE, ring_of
from backend.core.crypto.keys import use_ring
from backend.sandbox.demo.whole_hub import WholeHub, whole_hub
from tests.timing.crowd import Class, Id, ids, settle
from tests.timing.telling_apart import MOST_AUC, MOST_MS, Compared, compare

EACH = 1000
ROUNDS = 50
"""So many that an id asks again within a minute also on a busy machine."""
SETTINGS = {
    "HUB_TRUSTED_PROXIES": "127.0.0.0/8",
    "HUB_CODES_PER_MINUTE": "1000000",
    "HUB_CODES_PER_DAY": "1000000",
    "HUB_FIRST_TEXTS_PER_HOUR": "1000000",
    "HUB_PREFIX_TEXTS_PER_HOUR": "1000000",
    "HUB_PREFIX_TEXTS_PER_DAY": "1000000",
}
PHONE = {"platform": "android", "model": "Pixel", "name": ""}
MASKED = {"challengeId": "*", "expiresAt": "*"}
UNMASKED_HEADERS = {"date"}
STEPS = ("ask", "wrong code", "ask too soon")

Times = dict[tuple[str, Class], list[float]]
Shapes = dict[str, set[str]]


async def measure(
    http: httpx.AsyncClient, crowd: Sequence[Id], times: Times, heard: Shapes
) -> None:
    """Let every id take the three steps, each step for all ids in a random order."""
    challenges: dict[str, str] = {}
    for step in STEPS:
        order = list(crowd)
        SystemRandom().shuffle(order)
        for each in order:
            path, body = _request(step, each, challenges)
            headers = {"X-Forwarded-For": _address(each)}
            began = perf_counter()
            answer = await http.post(path, json=body, headers=headers)
            times[step, each.of].append(perf_counter() - began)
            heard[step].add(_shape(answer))
            if step == "ask":
                challenges[each.number] = answer.json()["challengeId"]


def _request(step: str, each: Id, challenges: dict[str, str]) -> tuple[str, dict[str, Any]]:
    if step != "wrong code":
        return "/v1/sign-in/codes", {"citizenId": each.number, "phone": each.phone}
    shown = {"challengeId": challenges[each.number], "code": "000000", "device": PHONE}
    return "/v1/sign-in/sessions", shown


def _address(each: Id) -> str:
    n = int(each.number[-6:])
    return f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}"


def _shape(answer: httpx.Response) -> str:
    body = answer.json()
    headers = {k: v for k, v in answer.headers.items() if k not in UNMASKED_HEADERS}
    if "retry-after" in headers:
        headers["retry-after"] = "*"
    masked = {key: MASKED.get(key, body[key]) for key in body}
    return json.dumps([answer.status_code, len(answer.content), headers, masked], sort_keys=True)


async def run(hub: WholeHub) -> tuple[Times, Shapes]:
    times: Times = defaultdict(list)
    heard: Shapes = defaultdict(set)
    crowd = ids(EACH)
    owner = await asyncpg.connect(hub.engines.database_url("postgres"))
    use_ring(ring_of(await owner.fetch(LIVE)))
    await settle(owner, crowd)
    await owner.execute("ANALYZE")
    share = len(crowd) // ROUNDS
    async with httpx.AsyncClient(base_url=hub.api_url, timeout=30) as http:
        for n in range(ROUNDS):
            await measure(http, crowd[n * share : (n + 1) * share], times, heard)
            await owner.execute("UPDATE clock_offset SET ahead = ahead + $1", timedelta(hours=1))
            echo(f"round {n + 1} of {ROUNDS}: {sum(map(len, times.values()))} calls", err=True)
    await owner.close()
    return times, heard


def show(times: Times, heard: Shapes) -> bool:
    """Print the table; say whether nobody could be told apart."""
    echo(f"{'step':14}{'class':14}{'calls':>6}{'median ms':>11}{'apart ms':>10}{'AUC':>8}")
    good = True
    for step in STEPS:
        for kind in Class:
            ours = times[step, kind]
            found: Compared = compare(ours, times[step, Class.UNKNOWN])
            good = good and found.is_indistinguishable
            verdict = "" if found.is_indistinguishable else "  MISSED"
            echo(
                f"{step:14}{kind.value:14}{len(ours):>6}{found.median_ms:>11.2f}"
                f"{found.apart_ms:>10.2f}{found.auc:>8.3f}{verdict}"
            )
        answers = heard[step]
        echo(f"{step:14}different answers after masking: {len(answers)}")
        for answer in sorted(answers) if len(answers) > 1 else []:
            echo(f"{step:14}{answer[:200]}")
        good = good and len(answers) == 1
    echo(f"wanted: under {MOST_MS} ms apart, AUC under {MOST_AUC}, one answer for all")
    return good


async def main() -> int:
    with tempfile.TemporaryDirectory(prefix="hub-alike-") as folder:
        async with whole_hub(Path(folder), settings=SETTINGS) as hub:
            os.environ.update(hub.environment)
            times, heard = await run(hub)
    return 0 if show(times, heard) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
