"""An app that keeps a record: it reads a page when it is told to, and does as the contract says."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from httpx import AsyncClient, Response

from backend.auth.access import access_tokens

Kept = dict[str, tuple[str, Any]]
Numbers = Callable[["App", str, bool], Awaitable[int]]
"""Gives the change in which a record became what it is now, or went: the app itself cannot know."""


@dataclass
class App:
    """What one phone has of one record."""

    client: AsyncClient
    session: UUID
    owner: UUID
    """Who has signed in on it."""
    patient: UUID
    """Whose record it keeps."""
    scope: str
    cursor: str | None = None
    more: bool = True
    kept: Kept = field(default_factory=dict)
    told: set[tuple[str, int, bool]] = field(default_factory=set)
    """What it was told since it last began anew: of which record, in which change, and whether it
    is gone."""

    async def reads_a_page(self, limit: int, numbers: Numbers) -> int:
        answer = await self.asks(limit, self.cursor)
        match answer.status_code:
            case 200:
                await self._take(answer.json(), numbers)
            case 410:
                assert answer.json()["code"] == "sync_again"
                self._begin_anew()
            case 404:
                self._begin_anew()
            case _:
                raise AssertionError(answer.text)
        return answer.status_code

    async def syncs(self, limit: int, numbers: Numbers) -> None:
        self.more = True
        while self.more and await self.reads_a_page(limit, numbers) != 404:
            pass

    async def everything(self) -> Kept:
        answer = await self.asks(500, None)
        page = answer.json()
        assert not page["more"]
        assert not any("gone" in item for item in page["items"]), "nothing is gone from nothing"
        return {item["id"]: (item["kind"], item["record"]) for item in page["items"]}

    async def listed(self, name: str) -> dict[str, Any]:
        answer = await self._get(name, {"limit": 100})
        assert answer.json()["nextCursor"] is None
        return {item["id"]: item for item in answer.json()["items"]}

    async def asks(self, limit: int, since: str | None) -> Response:
        return await self._get("changes", {"limit": limit} | ({"since": since} if since else {}))

    async def _get(self, name: str, params: dict[str, Any]) -> Response:
        shown = access_tokens.issue(self.session)
        return await self.client.get(
            f"/v1/patients/{self.patient}/{name}", params=params,
            headers={"Authorization": f"Bearer {shown}"},
        )  # fmt: skip

    def _begin_anew(self) -> None:
        self.kept, self.told, self.cursor, self.more = {}, set(), None, True

    async def _take(self, page: dict[str, Any], numbers: Numbers) -> None:
        for item in page["items"]:
            gone = "gone" in item
            assert gone != ("record" in item)
            news = (item["id"], await numbers(self, item["id"], gone), gone)
            assert news not in self.told, "twice"
            self.told.add(news)
            if gone:
                self.kept.pop(item["id"], None)
            else:
                self.kept[item["id"]] = (item["kind"], item["record"])
        self.cursor, self.more = page["nextCursor"], page["more"]
