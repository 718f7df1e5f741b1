"""Installs and runs npm's oidc-provider on loopback, and walks through it as a browser would."""

import asyncio
import json
import secrets
import shutil
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import aiohttp

from backend.sandbox.demo.story_bundles import LAN, TU
from conformance.npm import free_port, install

PACKAGE = "oidc-provider@9"
SCRIPT = Path(__file__).with_name("oidc_provider.mjs")
CLIENT = "benh-vien"
REDIRECT = "https://app.benhvien.vn/vneid"
START_SECONDS = 30

ACCOUNTS: dict[str, dict[str, Any]] = {
    "lan": {"number": LAN.citizen_id, "born": LAN.birth_date, "level": "2"},
    "tu": {"number": TU.citizen_id, "born": TU.birth_date, "level": "1"},
    "lan-born-elsewhere": {"number": LAN.citizen_id, "born": "1985-03-13", "level": "2"},
    "stranger": {"number": "001199999999", "born": "1999-09-09", "level": "2"},
    "company": {"number": LAN.citizen_id, "born": LAN.birth_date, "level": "2", "type": "2"},
}
"""Who has an account there, in our words; all of them invented."""


class Refused(Exception):
    """The provider did not send the browser back to the app."""


@dataclass
class RealProvider:
    style: str
    auth: str
    folder: Path
    port: int = field(default_factory=free_port)
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    process: Process | None = None

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it, with new keys; nobody is remembered."""
        told = {
            "port": self.port, "style": self.style, "client": CLIENT, "secret": self.secret,
            "redirect": REDIRECT, "auth": f"client_secret_{self.auth}",
            "accounts": {name: self._claims(said) for name, said in ACCOUNTS.items()},
        }  # fmt: skip
        self.process = await asyncio.create_subprocess_exec(
            "node", str(self.folder / SCRIPT.name), json.dumps(told),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert self.process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            if b"listening" not in await self.process.stdout.readline():
                raise SystemExit("oidc-provider ended before it listened")

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()

    def settings(self) -> dict[str, str]:
        """Give what an operator would configure."""
        common = {
            "HUB_VNEID_ISSUER": self.issuer, "HUB_VNEID_CLIENT_ID": CLIENT,
            "HUB_VNEID_CLIENT_SECRET": self.secret, "HUB_VNEID_CLIENT_AUTH": self.auth,
            "HUB_VNEID_REDIRECT_URI": REDIRECT, "HUB_VNEID_LEVEL_TWO": "2",
        }  # fmt: skip
        if self.style == "portal":
            return common
        return common | {
            "HUB_VNEID_CLAIMS": "citizen_id=preferred_username birth_date=birthdate level=acr",
            "HUB_VNEID_ACR_VALUES": "2 1", "HUB_VNEID_MAX_AGE_SECONDS": "600",
        }  # fmt: skip

    def _claims(self, said: dict[str, Any]) -> dict[str, Any]:
        if self.style == "portal":
            return {
                "SoDinhDanh": said["number"], "NgayThangNamSinh": said["born"].replace("-", ""),
                "LoaiTaiKhoan": said.get("type", "1"), "loAs": said["level"],
            }  # fmt: skip
        return {
            "preferred_username": said["number"], "birthdate": said["born"], "acr": said["level"]
        }  # fmt: skip


@asynccontextmanager
async def real_provider(style: str, auth: str, folder: Path) -> AsyncIterator[RealProvider]:
    provider = RealProvider(style, auth, folder)
    await provider.start()
    try:
        yield provider
    finally:
        await provider.stop()


async def install_provider(folder: Path) -> Path:
    """Have npm put the package below `folder`, and our script beside it."""
    await install(PACKAGE, folder)
    shutil.copy(SCRIPT, folder)
    return folder


async def show_oneself(address: str, account: str, **changed: str | None) -> dict[str, str]:
    """Walk from the authorization address back to the app; `changed` parameters are a thief's.

    Raises:
        Refused: the provider says no itself.
    """
    jar = aiohttp.CookieJar(unsafe=True)  # loopback has no name
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        at, form = _with(address, changed), None
        while not at.startswith(f"{REDIRECT}?"):
            async with browser.request(
                "POST" if form else "GET", at, data=form, allow_redirects=False
            ) as page:
                if page.status == 200 and "/interaction/" in at:  # noqa: PLR2004  # asks who we are
                    form = {"account": account}
                    continue
                if "Location" not in page.headers:
                    raise Refused(str(page.status))
                at, form = urljoin(at, page.headers["Location"]), None
        return dict(parse_qsl(urlsplit(at).query))


def _with(address: str, changed: dict[str, str | None]) -> str:
    parts = urlsplit(address)
    asked = {**dict(parse_qsl(parts.query)), **changed}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    return urlunsplit(parts._replace(query=query))
