"""The people of the story, each with the routes they really use: hospital, phone, support desk."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import httpx
import pyotp

from backend.core.clock import now
from backend.sandbox.demo.story_bundles import Resource, StoryPerson, encoded

T = TypeVar("T")
PATIENCE_SECONDS = 20.0


class StepDiffers(Exception):
    """A step of the story did not come true."""


def require(truth: object, expectation: str) -> None:
    if not truth:
        raise StepDiffers(expectation)


async def until(expectation: str, look: Callable[[], Awaitable[T | None]]) -> T:
    """Call `look` until it gives a value, within `PATIENCE_SECONDS`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        seen = await look()
        if seen:
            return seen
        await asyncio.sleep(0.02)
    raise StepDiffers(f"waited {PATIENCE_SECONDS:.0f} s for: {expectation}")


def answered(response: httpx.Response, status: int) -> Any:
    """Give the answer's JSON if the status is the expected one."""
    if response.status_code != status:
        code = response.json().get("code", "") if response.content else ""
        raise StepDiffers(f"{response.request.method} {response.url.path}: "
                          f"{response.status_code} {code}, not {status}")  # fmt: skip
    return response.json(parse_float=Decimal) if response.content else None


@dataclass
class Hospital:
    """The systems of a hospital."""

    http: httpx.AsyncClient
    key: str

    async def posts(self, bundle: Resource) -> Any:
        headers = self._headers() | {"Content-Type": "application/fhir+json"}
        response = await self.http.post("/fhir/R4", content=encoded(bundle), headers=headers)
        return answered(response, 200)

    async def says(self, event: dict[str, Any]) -> Any:
        response = await self.http.post("/hospital/events", json=event, headers=self._headers())
        return answered(response, 202)

    async def deliveries(self) -> list[dict[str, Any]]:
        page = answered(await self.http.get("/hospital/deliveries", headers=self._headers()), 200)
        items: list[dict[str, Any]] = page["items"]
        return items

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


@dataclass
class Sandbox:
    """The messages that the phones show."""

    http: httpx.AsyncClient

    async def messages(self, to: str, channel: str) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = (await self.http.get("/messages")).json()
        return [
            message for message in shown if (message["to"], message["channel"]) == (to, channel)
        ]

    async def nth(self, to: str, channel: str, count: int) -> dict[str, Any]:
        """Wait for the `count`-th message on this phone."""

        async def look() -> dict[str, Any] | None:
            shown = await self.messages(to, channel)
            return shown[count - 1] if len(shown) >= count else None

        return await until(f"message {count} by {channel}", look)

    async def behave(self, **twilio: object) -> None:
        (await self.http.put("/behaviour", json={"twilio": twilio})).raise_for_status()

    async def asked_for_lists(self) -> int:
        """Count the times that the hub asked Twilio what became of its texts."""
        ledger = (await self.http.get("/ledger")).json()
        return sum((request["method"], request["channel"]) == ("GET", "sms") for request in ledger)


@dataclass
class Smartphone:
    """The patient's app."""

    http: httpx.AsyncClient
    person: StoryPerson
    push_token: str
    access_token: str = ""

    async def signs_in(self, read_code: Callable[[], Awaitable[str]]) -> str | None:
        """Give the level of what is open; None where charts were found and none is open yet."""
        wanted = {"citizenId": self.person.citizen_id, "phone": self.person.mobile}
        asked = answered(await self.http.post("/v1/sign-in/codes", json=wanted), 202)
        body = {
            "challengeId": asked["challengeId"],
            "code": await read_code(),
            "device": {"platform": "android", "model": "Mẫu A1", "name": "Điện thoại của Lan"},
        }
        opened = answered(await self.http.post("/v1/sign-in/sessions", json=body), 201)
        self.access_token = opened["accessToken"]
        await self._put("/v1/me/devices/current/push-token", {"token": self.push_token})
        level: str | None = opened["level"]
        return level

    async def charts(self, state: str) -> list[dict[str, Any]]:
        """List the charts of this session that are `open`, or those that are only `found`."""
        items: list[dict[str, Any]] = (await self.reads("me/charts"))["items"]
        return [chart for chart in items if chart["state"] == state]

    async def adds(self, **proof: object) -> Any:
        """Add charts by a yes, by another number, or by a slip."""
        added = await self.http.post("/v1/me/charts", json=proof, headers=self._headers())
        return answered(added, 202)

    async def leaves(self, chart: str) -> None:
        """Say that a chart is not theirs."""
        answered(await self.http.delete(f"/v1/me/charts/{chart}", headers=self._headers()), 204)

    async def reads(self, path: str) -> Any:
        return answered(await self.http.get(f"/v1/{path}", headers=self._headers()), 200)

    async def reports(self, notification: str, event: str) -> None:
        path = f"/v1/me/notifications/{notification}/{event}"
        answered(await self.http.post(path, headers=self._headers()), 204)

    async def _put(self, path: str, body: dict[str, str]) -> None:
        answered(await self.http.put(path, json=body, headers=self._headers()), 204)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}


@dataclass
class Helper:
    """A member of a hospital's staff."""

    http: httpx.AsyncClient
    name: str
    password: str
    totp_secret: str
    token: str = ""

    async def signs_in(self) -> None:
        totp = pyotp.TOTP(self.totp_secret).at(now())
        body = {"name": self.name, "password": self.password, "totp": totp}
        self.token = answered(await self.http.post("/support/v1/sign-in", json=body), 200)["token"]

    async def prints_slip(self, person: StoryPerson) -> str:
        """Give the code on a slip for the chart of a person whose card they have seen."""
        path = f"/support/v1/patients/{await self._finds(person)}/slips"
        slip = await self.http.post(path, json={"proof": "card"}, headers=self._headers())
        code: str = answered(slip, 201)["activationCode"]
        return code

    async def messages_of(self, person: StoryPerson) -> list[dict[str, Any]]:
        path = f"/support/v1/patients/{await self._finds(person)}/messages"
        page = answered(await self.http.get(path, headers=self._headers()), 200)
        items: list[dict[str, Any]] = page["items"]
        return items

    async def _finds(self, person: StoryPerson) -> str:
        search = {"citizenId": person.citizen_id, "reason": "asked at the counter"}
        path = "/support/v1/patients/search"
        found = answered(await self.http.post(path, json=search, headers=self._headers()), 200)
        [chart] = found["items"]
        patient: str = chart["patient"]
        return patient

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}
