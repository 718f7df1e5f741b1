"""Imports the hub once, then forks a worker or an API whenever it is asked: that takes no time.

Each child is a process of its own with its own pool, loop and wire; only the imports are shared.
"""

import json
import os
import signal
import socket
import sys
import traceback
from asyncio import Event, get_running_loop
from typing import NoReturn, TypedDict

import twilio.rest.api  # type: ignore[import-untyped]  # noqa: F401  # else each child imports it
import uvloop

from backend.api.app import create_app
from backend.api.server import serve_api, streams_end
from backend.core import log as log_lines
from backend.worker import run_worker
from tests.harness.processes.failpoints import Failpoints, halved

LONGEST_ORDER = 65_536


class Order(TypedDict):
    kind: str
    """worker or api."""
    environment: dict[str, str]


def main() -> None:
    """Fork until the test hangs up. Each order brings a line, a log and, for an API, a socket."""
    orders = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead need nobody to bury them
    orders.send(b"ready")
    while True:
        order, files, _, _ = socket.recv_fds(orders, LONGEST_ORDER, 3)
        if not order:
            return
        pid = os.fork()
        if pid == 0:
            orders.close()
            _become(json.loads(order), *files)
        for each in files:
            os.close(each)
        orders.send(str(pid).encode())


def _become(order: Order, line: int, log: int, listening: int | None = None) -> NoReturn:
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(log, sys.stderr.fileno())
        os.environ.update(order["environment"])
        log_lines.configure(order["kind"])
        failpoints = Failpoints(socket.socket(fileno=line))
        uvloop.run(_work(failpoints) if listening is None else _serve(failpoints, listening))
        code = 0
    except BaseException:  # noqa: BLE001  # a forked child must never run on in the parent's code
        traceback.print_exc()
    finally:
        os._exit(code)


async def _work(failpoints: Failpoints) -> None:
    stop = Event()
    get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    with failpoints.obeying():
        failpoints.say("ready")
        await run_worker(stop, failpoints.reached)


async def _serve(failpoints: Failpoints, listening: int) -> None:
    app = create_app(failpoints.reached)
    with failpoints.obeying():
        await serve_api(
            halved(app, failpoints),
            inherited=socket.socket(fileno=listening),
            started=lambda _: failpoints.say("ready"),
            stopping=streams_end(app),
        )


if __name__ == "__main__":
    main()
