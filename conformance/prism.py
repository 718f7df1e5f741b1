"""Runs Stoplight's Prism between a client and a server: it holds both against an OpenAPI file."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from conformance import npm

PACKAGE = "@stoplight/prism-cli@5"
READY = "Prism is listening on"
START_SECONDS = 120


def reduced(spec: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """Keep these paths and the schemas they reach: Prism reads the whole file at start."""
    kept = {path: spec["paths"][path] for path in paths}
    schemas: dict[str, Any] = {}
    waiting = list(_references(kept))
    while waiting:
        name = waiting.pop()
        if name not in schemas:
            schemas[name] = spec["components"]["schemas"][name]
            waiting.extend(_references(schemas[name]))
    components = {**spec["components"], "schemas": schemas}
    return {**spec, "paths": kept, "components": components}


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].rsplit("/", 1)[-1]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


async def install(folder: Path) -> Path:
    return await npm.install(PACKAGE, folder) / ".bin" / "prism"


@asynccontextmanager
async def proxying(
    prism: Path, spec: dict[str, Any], upstream: str, folder: Path
) -> AsyncIterator[str]:
    """Give the proxy's address; with --errors a violation is answered instead of let through."""
    file = folder / "spec.json"
    file.write_text(json.dumps(spec))
    port = npm.free_port()
    proxy = await asyncio.create_subprocess_exec(
        str(prism), "proxy", "--errors", "--host", "127.0.0.1", "--port", str(port),
        str(file), upstream,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "NO_COLOR": "1"}, limit=2**20,
    )  # fmt: skip
    assert proxy.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            while READY not in (line := (await proxy.stdout.readline()).decode()):
                if not line:
                    raise SystemExit("Prism ended before it listened")
        draining = asyncio.create_task(proxy.stdout.read())
        yield f"http://127.0.0.1:{port}"
    finally:
        if proxy.returncode is None:
            proxy.terminate()
        await proxy.wait()
    await draining
