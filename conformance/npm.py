"""Packages of npm, installed into a temporary folder when they are run, and the ports they get."""

import asyncio
import socket
from pathlib import Path


async def install(package: str, folder: Path) -> Path:
    """Give the folder its modules are in."""
    npm = await asyncio.create_subprocess_exec(
        "npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(folder), package
    )
    if await npm.wait():
        raise SystemExit(f"npm could not install {package}")
    return folder / "node_modules"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
