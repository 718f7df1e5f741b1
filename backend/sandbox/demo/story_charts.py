"""The part of the story about one person's charts at three hospitals, and what opens each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.sandbox.demo.narration import Timeline
from backend.sandbox.demo.people import Helper, Hospital, Sandbox, Smartphone, require, until
from backend.sandbox.demo.story_bundles import LAN_AT_CLINIC, LAN_LONG_AGO, visit

LANS_TOKEN = "lans-push-token"  # noqa: S105  # the token of an invented phone
OLD_NUMBER = "+84933111222"
THIRD, NEUTRAL = "BV DOI THONG", "SO SUC KHOE"
"""Who tells of a record, and who speaks of sign-ins."""
CORRECTED = {"718-7": "12.8"}
TWO, THREE = 2, 3


@dataclass
class ChartsOfLan:
    """Lan, a clinic that has her number, and a hospital that has her number of years ago."""

    lan: Smartphone
    clinic: Hospital
    hospital: Hospital
    desk: Helper
    sandbox: Sandbox
    timeline: Timeline

    async def two_are_found_and_opened(self) -> None:
        """Two hospitals state her citizen id and her number: neither opens without her yes."""
        found = await self.lan.charts("found")
        for chart in found:
            self._say(f"found: {chart['facility']}, born {chart['yearOfBirth']}, {chart['sex']}")
        require(len(found) == TWO, "not every chart was found")
        require(not any("name" in chart for chart in found), "a found chart tells a name")
        require(await self._results() == [], "a found chart is read")
        added = await self.lan.adds(charts=[chart["id"] for chart in found])
        require(len(added["opened"]) == TWO, "a yes has not opened what was found")
        for chart in await self.lan.charts("open"):
            self._say(f"yes: {chart['facility']} is open at level {chart['level']}")

    async def a_slip_opens_the_third(self, at: datetime) -> None:
        self.timeline.step(10, "A hospital with her old number: only its slip opens its chart")
        for hospital, person in ((self.clinic, LAN_AT_CLINIC), (self.hospital, LAN_LONG_AGO)):
            await hospital.posts(visit(person, at))
        old = await self._text_of(THIRD, 1)
        self._say(f"whoever has the old number now reads: {old}")
        require(len(await self.lan.charts("open")) == TWO, "an old number opened a chart")
        await self.desk.signs_in()
        code = await self.desk.prints_slip(LAN_LONG_AGO)
        self._say(f"there too: {await self._text_of(NEUTRAL, 1)}")
        asked = await self.lan.adds(activationCode=code)
        self._say(f"the desk saw her card; the app asks: is {asked['name']} the same person?")
        added = await self.lan.adds(activationCode=code, same=True)
        [chart] = [
            other for other in await self.lan.charts("open") if other["id"] in added["opened"]
        ]
        self._say(f"yes: {chart['facility']} is open by {chart['proof']}, level {chart['level']}")
        self._third = chart

    async def one_record_of_three(self) -> None:
        self.timeline.step(11, "Her record is what this session reaches: three hospitals in one")
        items = (await self.lan.reads("patients/me/timeline?limit=100"))["items"]
        by_facility: dict[str, int] = {}
        for item in items:
            facility = item["record"]["facility"]
            by_facility[facility] = by_facility.get(facility, 0) + 1
        for facility, count in sorted(by_facility.items()):
            self._say(f"timeline: {count} of {facility}")
        require(len(by_facility) == THREE, "the timeline does not have three hospitals")
        require(len(await self._results()) == THREE, "there is not a blood count of each")

    async def not_me(self, at: datetime) -> None:
        self.timeline.step(12, "Not me: she leaves a chart, and hears nothing of it any more")
        before = len(await self._pushes())
        await self.lan.leaves(self._third["id"])
        require(self._third["facility"] not in await self._results(), "what she left is read")
        await self.hospital.posts(visit(LAN_LONG_AGO, at, CORRECTED))
        self._say(f"corrected there; the old number reads: {await self._text_of(THIRD, 2)}")
        await self.clinic.posts(visit(LAN_AT_CLINIC, at, CORRECTED))
        await self.sandbox.nth(LANS_TOKEN, "push", before + 1)
        [push] = (await self._pushes())[before:]
        self._say(f"Lan's phone: {push['notification']['title']}: {push['notification']['body']}")
        told = {
            notification["id"]: notification["facility"] for notification in await self._inbox()
        }
        require(push["data"]["notification"] in told, "she is told of what she does not reach")
        require(self._third["facility"] not in told.values(), "her inbox has a chart she left")
        for chart in await self.lan.charts("open"):
            self._say(f"still open: {chart['facility']}")

    async def _text_of(self, sender: str, count: int) -> str:
        """Wait for the `count`-th text of a sender on the phone with the old number."""

        async def look() -> str | None:
            shown = [message["text"] for message in await self.sandbox.messages(OLD_NUMBER, "sms")]
            said = [text for text in shown if text.startswith(f"{sender}: ")]
            return said[count - 1] if len(said) >= count else None

        return await until(f"text {count} of {sender}", look)

    async def _results(self) -> list[str]:
        """Give the hospital of each result that she can read."""
        results = (await self.lan.reads("patients/me/results"))["items"]
        return [result["facility"] for result in results]

    async def _inbox(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.lan.reads("me/notifications"))["items"]
        return items

    async def _pushes(self) -> list[dict[str, Any]]:
        return await self.sandbox.messages(LANS_TOKEN, "push")

    def _say(self, text: str) -> None:
        self.timeline.say(text)
