"""`make oidc`: signs in at a real OpenID provider through a real API, and tries what a thief would.

Node and npm must be there; the package goes to a temporary folder. Exits 1 when a row is not as it
should be.
"""

import asyncio
import sys
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from typer import echo

from backend.sandbox.demo.people import Hospital
from backend.sandbox.demo.run import make_people
from backend.sandbox.demo.story_bundles import LAN, TU, registration
from backend.sandbox.demo.whole_hub import whole_hub
from conformance.oidc_provider import (
    PACKAGE,
    RealProvider,
    Refused,
    install_provider,
    real_provider,
    show_oneself,
)

PHONE = {"platform": "android", "model": "Pixel", "name": "của Lan"}
OPENED = 201
NEAR_MISSES = (
    "https://app.benhvien.vn/vneid/",
    "https://app.benhvien.vn/vneid?a=b",
    "https://APP.benhvien.vn/vneid",
    "https://app.benhvien.vn.evil.vn/vneid",
)
"""Of the link the app claims."""


@dataclass
class Table:
    """What was tried, what should come, and what came."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)

    async def row(self, tried: str, expected: str, doing: Awaitable[str]) -> None:
        self.rows.append((tried, expected, await doing))
        _, _, came = self.rows[-1]
        echo(f"{'ok' if came == expected else 'NOT':4}{tried:62}{came}")

    @property
    def wrong(self) -> int:
        return sum(expected != came for _, expected, came in self.rows)


@dataclass
class App:
    """The patient's app, and the phone's browser beside it."""

    http: httpx.AsyncClient

    async def begins(self) -> dict[str, str]:
        answer = await self.http.get("/v1/sign-in/vneid")
        answer.raise_for_status()
        begun: dict[str, str] = answer.json()
        return begun

    async def signs_in(
        self,
        account: str = "lan",
        *,
        asks: dict[str, str | None] | None = None,
        brings: dict[str, str | None] | None = None,
    ) -> str:
        """Sign in; `asks` is what somebody changed on the way there, `brings` on the way back."""
        begun = await self.begins()
        try:
            back = await show_oneself(begun["authorizationUrl"], account, **(asks or {}))
        except Refused as refused:
            return f"provider {refused}"
        if "error" in back:
            return f"provider {back['error']}"
        return await self.brings(begun | back | (brings or {}))

    async def brings(self, said: dict[str, Any]) -> str:
        names = ("requestId", "state", "code", "iss")
        sent = {name: said[name] for name in names if said.get(name) is not None}
        answer = await self.http.post("/v1/sign-in/vneid/callback", json=sent | {"device": PHONE})
        if answer.status_code != OPENED:
            return f"{answer.status_code} {answer.json()['code']}"
        token = answer.json()["accessToken"]
        results = await self.http.get(
            "/v1/patients/me/results", headers={"Authorization": f"Bearer {token}"}
        )
        return f"{answer.json()['level']}, results {results.status_code}"


async def try_all(table: Table, app: App, provider: RealProvider) -> None:
    row, again, nothing = table.row, "401 vneid_begin_again", "401 vneid_opens_nothing"
    await row("level 2 account", "vneid, results 200", app.signs_in())
    await row("level 1 account", nothing, app.signs_in("tu"))
    await row("another birth date", nothing, app.signs_in("lan-born-elsewhere"))
    await row("nobody's number", nothing, app.signs_in("stranger"))
    if provider.style == "portal":
        await row("enterprise account", nothing, app.signs_in("company"))
    await row("wrong state on the way back", again, app.signs_in(brings={"state": "wrong"}))
    await row("wrong state on the way there", again, app.signs_in(asks={"state": "wrong"}))
    await row("state and code of another phone", again, _of_another_phone(app))
    await row("state replayed", again, _replayed(app))
    await row("code of another sign-in (verifier, nonce)", again, _code_of_another(app))
    await row("wrong nonce", again, app.signs_in(asks={"nonce": "wrong"}))
    await row("no nonce", again, app.signs_in(asks={"nonce": None}))
    await row("wrong challenge", again, app.signs_in(asks={"code_challenge": "a" * 43}))
    await row("no challenge", "provider invalid_request", app.signs_in(asks=_NO_PKCE))
    await row("wrong iss", again, app.signs_in(brings={"iss": "https://other.vn"}))
    await row("no iss", again, app.signs_in(brings={"iss": None}))
    await row("wrong code", again, app.signs_in(brings={"code": "wrong"}))
    for near in NEAR_MISSES:
        tried = f"redirect to {near}"
        await row(tried, "provider 400", app.signs_in(asks={"redirect_uri": near}))
    await provider.stop()
    await row("provider stopped", "503 vneid_away, codes 202", _while_away(app, provider))
    await provider.start()
    await row("provider back, with new keys", "vneid, results 200", app.signs_in())


_NO_PKCE: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}


async def _of_another_phone(app: App) -> str:
    thief, own = await app.begins(), await app.begins()
    back = await show_oneself(thief["authorizationUrl"], "lan")
    return await app.brings(own | back)


async def _replayed(app: App) -> str:
    begun = await app.begins()
    back = await show_oneself(begun["authorizationUrl"], "lan")
    await app.brings(begun | back)
    return await app.brings(begun | back)


async def _code_of_another(app: App) -> str:
    stolen = await show_oneself((await app.begins())["authorizationUrl"], "lan")
    return await app.signs_in(brings={"code": stolen["code"]})


async def _while_away(app: App, provider: RealProvider) -> str:
    """Begin with endpoints that are still known; the code cannot be exchanged."""
    begun = await app.begins()
    came = await app.brings(begun | {"code": "a-code", "iss": provider.issuer})
    wanted = {"citizenId": "001199999999", "phone": "0901234567"}
    codes = await app.http.post("/v1/sign-in/codes", json=wanted)
    return f"{came}, codes {codes.status_code}"


async def try_with(style: str, auth: str, folder: Path) -> int:
    """Give how many rows were not as they should be."""
    echo(f"== {PACKAGE}, {style} style, client_secret_{auth}")
    table = Table()
    async with (
        real_provider(style, auth, folder) as provider,
        whole_hub(folder / style, workers=0, settings=provider.settings()) as hub,
        httpx.AsyncClient(base_url=hub.api_url, timeout=30) as http,
    ):
        hospital = Hospital(http, (await make_people(hub))["facility"]["key"])
        for person in (LAN, TU):
            await hospital.posts(registration(person))
        await try_all(table, App(http), provider)
    return table.wrong


async def try_both(folder: Path) -> int:
    await install_provider(folder)
    return await try_with("portal", "basic", folder) + await try_with("realm", "post", folder)


def main() -> None:
    with TemporaryDirectory(prefix="hub-oidc-") as folder:
        wrong = asyncio.run(try_both(Path(folder)))
    echo(f"oidc: {wrong} not as it should be" if wrong else "oidc: all as it should be")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
