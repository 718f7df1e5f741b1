"""Plays the story of the demo step by step, only through public routes."""

import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

import httpx
from prometheus_client.parser import text_string_to_metric_families

from backend.core.clock import now
from backend.core.subprocesses import kill
from backend.sandbox.demo.narration import Timeline
from backend.sandbox.demo.people import (
    Helper,
    Hospital,
    Sandbox,
    Smartphone,
    StepDiffers,
    require,
    until,
)
from backend.sandbox.demo.run import make_people
from backend.sandbox.demo.story_bundles import (
    BLOOD_COUNT,
    LAN,
    LAN_AT_CLINIC,
    LAN_LONG_AGO,
    TU,
    registration,
    visit,
)
from backend.sandbox.demo.story_charts import LANS_TOKEN, ChartsOfLan
from backend.sandbox.demo.story_words import clinical_words, said_in
from backend.sandbox.demo.whole_hub import WholeHub

CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
DOSES_A_DAY = 2
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
RECEIPTS = "/providers/twilio/receipts/{attempt}"
TUS_NUMBER = "+84912345678"
LANS_NUMBER = "+84901234567"

__all__ = ["StepDiffers", "Story", "Timeline"]


class Story:
    """Plays on a running hub; every step raises `StepDiffers` if it fails."""

    def __init__(self, hub: WholeHub, timeline: Timeline) -> None:
        self._hub = hub
        self._timeline = timeline
        self._stack = AsyncExitStack()
        self._released_at = now().replace(microsecond=0)

    async def __aenter__(self) -> Self:
        self._http = await self._client(self._hub.api_url)
        self._sandbox = Sandbox(await self._client(self._hub.sandbox_url))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _client(self, base_url: str) -> httpx.AsyncClient:
        return await self._stack.enter_async_context(
            httpx.AsyncClient(base_url=base_url, timeout=10)
        )

    def steps(self) -> list[Callable[[], Awaitable[None]]]:
        return [
            self.engines_and_processes, self.facilities_and_patients, self.lan_signs_in,
            self.the_hospital_posts, self.both_are_told, self.lan_reads, self.receipts_arrive,
            self.same_again_then_corrected, self.a_worker_is_killed, self.a_slip_adds_a_chart,
            self.lan_reads_three_hospitals, self.lan_leaves_a_chart, self.staff_see_their_own,
        ]  # fmt: skip

    async def engines_and_processes(self) -> None:
        self._timeline.step(1, "Real engines, and the hub in processes of its own")
        ready = (await self._http.get("/health/ready")).status_code
        require(ready == httpx.codes.OK, "the API is not ready")
        for kind in ("api", "worker", "sandbox"):
            self._say(f"{kind}: process {self._hub.pids(kind)[0]}")

    async def facilities_and_patients(self) -> None:
        self._timeline.step(2, "Three facilities get their keys; each registers its own patients")
        people = await make_people(self._hub)
        made = [people, *people["others"]]
        self._hospital, clinic, third = (
            Hospital(self._http, hospital["facility"]["key"]) for hospital in made
        )
        self._helper, _, desk = (self._member(hospital["staff"]) for hospital in made)
        for hospital, person in (
            (self._hospital, LAN), (self._hospital, TU), (clinic, LAN_AT_CLINIC),
            (third, LAN_LONG_AGO),
        ):  # fmt: skip
            await hospital.posts(registration(person))
            self._say(f"registered: {person.name}, {person.hospital_number}, {person.mobile}")
        self._lan = Smartphone(self._http, LAN, LANS_TOKEN)
        self._charts = ChartsOfLan(self._lan, clinic, third, desk, self._sandbox, self._timeline)

    def _member(self, staff: dict[str, str]) -> Helper:
        return Helper(self._http, staff["name"], staff["password"], staff["totpSecret"])

    async def lan_signs_in(self) -> None:
        self._timeline.step(3, "Lan signs in with citizen id, number and code; says yes to two")

        async def read_code() -> str:
            text: str = (await self._sandbox.nth(LANS_NUMBER, "sms", 1))["text"]
            self._say(f"Lan's phone shows: {text}")
            code: str = CODE.findall(text)[0]
            return code

        level = await self._lan.signs_in(read_code)
        require(level is None, "a chart is open although two were found")
        await self._charts.two_are_found_and_opened()

    async def the_hospital_posts(self) -> None:
        self._timeline.step(4, "The hospital posts one transaction for each")
        for person in (LAN, TU):
            posted = await self._hospital.posts(visit(person, self._released_at))
            self._say(f"{person.name}: {len(posted['entry'])} entries accepted")

    async def both_are_told(self) -> None:
        self._timeline.step(5, "Lan gets a push, Mr Tư a text; neither says what the result is")
        push = await self._sandbox.nth(LANS_TOKEN, "push", 1)
        text = await self._sandbox.nth(TUS_NUMBER, "sms", 1)
        shown = f"{push['notification']['title']}: {push['notification']['body']}"
        self._say(f"Lan's phone: {shown}")
        self._say(f"Mr Tư's phone: {text['text']}")
        words: set[str] = set()
        for person in (LAN, TU):
            words = clinical_words(visit(person, self._released_at))
            leaked = said_in(words, f"{push} {text['text']}")
            require(not leaked, "a clinical word is in a message")
        self._say(f"{len(words)} clinical words looked for in both: none there")
        self._notification = push["data"]["notification"]

    async def lan_reads(self) -> None:
        self._timeline.step(6, "Lan reads her result, her next appointment and today's doses")
        await self._lan.reads("me/notifications")
        await self._lan.reports(self._notification, "received")
        results = (await self._lan.reads("patients/me/results"))["items"]
        result = await self._lan.reads(f"patients/me/results/{results[0]['id']}")
        for observation in result["observations"]:
            self._say(f"{observation['name']}: {observation['value']} {observation['unit']}")
        require(len(result["observations"]) == len(BLOOD_COUNT), "observations are missing")
        appointments = (await self._lan.reads("patients/me/appointments"))["items"]
        starts = datetime.fromisoformat(appointments[0]["startsAt"]).astimezone(HANOI)
        self._say(f"next appointment: {starts:%H:%M %d/%m/%Y}")
        today = now().astimezone(HANOI).date()
        path = f"patients/me/medicines/schedule?from={today}&to={today}"
        doses = (await self._lan.reads(path))["items"]
        require(len(doses) == DOSES_A_DAY, "today has not two doses")
        for dose in doses:
            at = datetime.fromisoformat(dose["at"]).astimezone(HANOI)
            self._say(f"today {at:%H:%M}: {dose['medicine']}, {dose['amount']}")
        await self._lan.reports(self._notification, "read")

    async def receipts_arrive(self) -> None:
        self._timeline.step(7, "A receipt arrives, signed; the hospital hears that it has told")
        await until("a receipt with Twilio's signature", self._receipts)
        for told in await self._hospital.deliveries():
            require(told["status"] == "told", "the hospital does not hear that it has told")
            self._say(f"{told['kind']}: {told['status']}; how, and whether it was read, is theirs")
        [mine] = [
            notification
            for notification in await self._inbox()
            if notification["id"] == self._notification
        ]
        require(mine["readAt"], "what Lan has read is not noted")
        self._say("Lan's inbox: read")

    async def _receipts(self) -> float:
        labels = {"route": RECEIPTS, "status": "204"}
        return await self._measured("api", "hub_requests_total", labels)

    async def _inbox(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self._lan.reads("me/notifications"))["items"]
        return items

    async def _measured(self, kind: str, name: str, labels: dict[str, str]) -> float:
        """Give a sum out of the metrics of all processes of a kind."""
        texts = [(await self._http.get(url)).text for url in self._hub.metrics_urls(kind)]
        return sum(
            sample.value
            for text in texts
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    async def same_again_then_corrected(self) -> None:
        self._timeline.step(8, "The same again tells nobody; a corrected value tells once")
        told, texts = await self._told(), await self._sandbox.messages(TUS_NUMBER, "sms")
        await self._hospital.posts(visit(TU, self._released_at))
        bundle = visit(TU, self._released_at)
        del bundle["identifier"]
        await self._hospital.posts(bundle)
        require(await self._told() == told, "the same Bundle again planned something")
        self._say("posted again, with and without its message id: nothing planned, nothing sent")
        await self._hospital.posts(visit(TU, self._released_at, {"718-7": "12.9"}))
        corrected = await self._sandbox.nth(TUS_NUMBER, "sms", len(texts) + 1)
        require(corrected["text"][:-5] != texts[-1]["text"][:-5], "a correction has other words")
        self._say(f"corrected: {corrected['text']}")
        await self._calls(TU.hospital_number, "A0027", len(texts) + 2)
        shown = await self._sandbox.messages(TUS_NUMBER, "sms")
        require(len(shown) == len(texts) + 2, "the phone has more texts than things to tell")

    async def _told(self) -> int:
        return len(await self._hospital.deliveries())

    async def _calls(self, hospital_number: str, ticket: str, count: int) -> None:
        event: dict[str, Any] = {
            "eventId": f"queue-{ticket}", "type": "queue.called",
            "patient": {"hospitalNumber": hospital_number}, "ticket": ticket, "counter": "3",
        }  # fmt: skip
        await self._hospital.says(event)
        called = await self._sandbox.nth(TUS_NUMBER, "sms", count)
        self._say(f"queue called: {called['text']}")

    async def a_worker_is_killed(self) -> None:
        self._timeline.step(9, "A worker dies between the provider's yes and our note of it")
        before = len(await self._sandbox.messages(TUS_NUMBER, "sms"))
        self._lists_before = await self._sandbox.asked_for_lists()
        await self._sandbox.behave(mode="slow", delayMs=60_000, times=1, receipts=False)
        await self._calls(TU.hospital_number, "A0028", before + 1)
        worker = self._hub.processes["worker"][0]
        await kill(worker)
        self._say(f"worker {worker.pid} killed; the provider has the text, the hub does not know")
        replacement = await self._hub.start_worker()
        self._say(f"worker {replacement.pid} started")
        await until("the text in doubt to be proven", self._nothing_in_doubt)
        shown = await self._sandbox.messages(TUS_NUMBER, "sms")
        require(len(shown) == before + 1, "the phone does not have exactly one text")
        self._say("found in the provider's list by its reference: exactly one text, not repeated")

    async def _nothing_in_doubt(self) -> bool:
        """Tell whether the hub has asked the provider, and knows what became of all."""
        if await self._sandbox.asked_for_lists() == self._lists_before:
            return False
        return not any(
            [
                await self._measured("worker", "hub_unfinished_deliveries", {"status": status})
                for status in ("sending", "in_doubt")
            ]
        )

    async def a_slip_adds_a_chart(self) -> None:
        await self._charts.a_slip_opens_the_third(self._released_at)

    async def lan_reads_three_hospitals(self) -> None:
        await self._charts.one_record_of_three()

    async def lan_leaves_a_chart(self) -> None:
        await self._charts.not_me(self._released_at)

    async def staff_see_their_own(self) -> None:
        self._timeline.step(13, "What the first hospital's staff see: their own charts, no other")
        await self._helper.signs_in()
        for person in (LAN, TU):
            for message in await self._helper.messages_of(person):
                words = message["reasonInWords"]["en"]
                self._say(f"{person.name}: {message['kind']:<19} {message['status']:<9}{words}")

    def _say(self, text: str) -> None:
        self._timeline.say(text)
