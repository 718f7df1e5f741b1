"""`hub run`: runs a whole hub on loopback, with the sandbox instead of the providers."""

import asyncio
import json
import shlex
import signal
from pathlib import Path
from typing import Any

from backend.core.settings import variables_set
from backend.core.subprocesses import output_of
from backend.sandbox.demo.whole_hub import NotStarted, WholeHub, whole_hub

EXTERNAL = (
    "HUB_DATABASE_URL", "HUB_DATABASE_OWNER_URL", "HUB_REDIS_URL", "HUB_PUBLIC_URL",
    "HUB_TWILIO_ACCOUNT_SID", "HUB_TWILIO_AUTH_TOKEN", "HUB_FCM_SERVICE_ACCOUNT",
    "HUB_VNEID_ISSUER",
)  # fmt: skip
"""Where one of these is set, somebody means a real hub: `hub run` is not that."""
LOOK_SECONDS = 1.0


async def keep_running(folder: Path, *, port: int, apis: int, workers: int) -> int:
    """Run until Ctrl-C; give the exit code. A second run on the same folder keeps its data."""
    meant_for_real = variables_set(EXTERNAL)
    if meant_for_real:
        print(f"hub run is for trying out; unset {', '.join(meant_for_real)} or use hub serve")  # noqa: T201  # a command speaks to its user
        return 2
    try:
        async with whole_hub(folder, port=port, apis=apis, workers=workers) as hub:
            description = await prepare(hub)
            _write(hub, description)
            _say(hub, description)
            await _until_stopped(hub, description)
    except NotStarted as silent:
        print(f"{silent} did not start; see {folder}/{silent}.log")  # noqa: T201  # the same
        return 1
    return 0


async def prepare(hub: WholeHub) -> dict[str, Any]:
    """Make facilities, their keys and their staff, unless this folder has them already."""
    known = hub.folder / "run.json"
    made = json.loads(known.read_text()) if known.exists() else await make_people(hub)
    return {
        "api": hub.api_url,
        "sandbox": f"{hub.sandbox_url}/sandbox",
        "mllp": None,
        "facility": made["facility"],
        "staff": made["staff"],
        "others": made["others"],
        "databaseUrl": hub.engines.database_url("postgres"),
        "redisUrl": hub.engines.redis_url,
    }


async def make_people(hub: WholeHub) -> dict[str, Any]:
    """Make them in a process with this hub's keys, since this process may have others."""
    made: dict[str, Any] = json.loads(await output_of(["try-out-people"], hub.environment))
    return made


def _write(hub: WholeHub, description: dict[str, Any]) -> None:
    processes = {"api": hub.pids("api"), "worker": hub.pids("worker")}
    path = hub.folder / "run.json"
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    write_environment(hub)
    metrics = {kind: hub.metrics_urls(kind) for kind in processes}
    description = description | {"metrics": metrics, "processes": processes}
    fresh.write_text(json.dumps(description, indent=2))
    fresh.replace(path)


def write_environment(hub: WholeHub) -> None:
    """Write the settings of this hub, so that commands can be tried out on it."""
    fresh = hub.folder / "environment.new"
    fresh.touch(mode=0o600)
    known = hub.environment | {"HUB_DATABASE_URL": hub.engines.database_url("hub_api")}
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in sorted(known.items())]
    fresh.write_text("".join(lines))
    fresh.replace(hub.folder / "environment")


def _say(hub: WholeHub, description: dict[str, Any]) -> None:
    print(  # noqa: T201  # a command speaks to its user
        f"Patient Hub is running.\n  API      {description['api']}  (docs at /docs)\n"
        f"  phones   {description['sandbox']}/\n"
        f"  details  {hub.folder}/run.json\n"
        f"  commands (. {hub.folder}/environment; hub facility list)\nCtrl-C stops it.",
        flush=True,
    )


async def _until_stopped(hub: WholeHub, description: dict[str, Any]) -> None:
    """Wait for Ctrl-C; start again what died, and say so in run.json."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    wanted = {kind: len(hub.pids(kind)) for kind in ("api", "worker")}
    while not stop.is_set():
        try:
            await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
        except TimeoutError:
            if await _start_missing(hub, wanted):
                _write(hub, description)


async def _start_missing(hub: WholeHub, wanted: dict[str, int]) -> bool:
    missing = {kind: count - len(hub.pids(kind)) for kind, count in wanted.items()}
    for _ in range(missing["api"]):
        await hub.start_api()
    for _ in range(missing["worker"]):
        await hub.start_worker()
    return any(missing.values())
