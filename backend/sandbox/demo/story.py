"""Plays the story of the demo step by step, only through public routes."""

import re
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

import httpx

from backend.core.clock import now
from backend.core.subprocesses import kill
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
from backend.sandbox.demo.story_bundles import BLOOD_COUNT, LAN, TU, registration, visit
from backend.sandbox.demo.story_words import clinical_words, said_in
from backend.sandbox.demo.whole_hub import WholeHub

CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
DOSES_A_DAY = 2
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
LANS_TOKEN = "lans-push-token"  # noqa: S105  # the token of an invented phone
TUS_NUMBER = "+84912345678"
LANS_NUMBER = "+84901234567"

__all__ = ["StepDiffers", "Story"]


class Timeline:
    def __init__(self) -> None:
        self._began = time.monotonic()

    def step(self, number: int, title: str) -> None:
        print(f"\n{number:>2}. {title}", flush=True)  # noqa: T201  # the demo's whole purpose

    def say(self, text: str) -> None:
        seconds = time.monotonic() - self._began
        print(f"  {seconds:7.2f} s  {text}", flush=True)  # noqa: T201  # the same


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
            self.engines_and_processes, self.facility_and_patients, self.lan_signs_in,
            self.the_hospital_posts, self.both_are_told, self.lan_reads, self.receipts_arrive,
            self.same_again_then_corrected, self.a_worker_is_killed, self.support_sees_it_all,
        ]  # fmt: skip

    async def engines_and_processes(self) -> None:
        self._timeline.step(1, "Real engines, and the hub in processes of its own")
        ready = (await self._http.get("/health/ready")).status_code
        require(ready == httpx.codes.OK, "the API is not ready")
        for kind in ("api", "worker", "sandbox"):
            self._say(f"{kind}: process {self._hub.pids(kind)[0]}")

    async def facility_and_patients(self) -> None:
        self._timeline.step(2, "A facility gets its key; two patients are registered")
        people = await make_people(self._hub)
        self._helper = Helper(
            self._http, people["staff"]["name"], people["staff"]["password"],
            people["staff"]["totpSecret"],
        )  # fmt: skip
        self._hospital = Hospital(self._http, people["facility"]["key"])
        for person in (LAN, TU):
            await self._hospital.posts(registration(person))
            self._say(f"registered: {person.name}")

    async def lan_signs_in(self) -> None:
        self._timeline.step(3, "Lan signs in with her citizen id and a code")
        self._lan = Smartphone(self._http, LAN, LANS_TOKEN)

        async def read_code() -> str:
            text: str = (await self._sandbox.nth(LANS_NUMBER, "sms", 1))["text"]
            self._say(f"Lan's phone shows: {text}")
            code: str = CODE.findall(text)[0]
            return code

        level = await self._lan.signs_in(read_code)
        self._say(f"signed in at level {level}; push token registered")

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
        self._timeline.step(7, "Receipts arrive, signed; the deliveries end")
        lan = await self._ends("push", "read")
        tu = await self._ends("sms", "delivered")
        self._say(f"Lan's push: {lan}; Mr Tư's text: {tu}")

    async def _ends(self, channel: str, status: str) -> str:
        async def look() -> str | None:
            for told in await self._hospital.deliveries():
                for delivery in told["deliveries"]:
                    if (delivery["channel"], delivery["status"]) == (channel, status):
                        return status
            return None

        return await until(f"a {channel} that is {status}", look)

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
        await self._sandbox.behave(mode="slow", delayMs=60_000, times=1, receipts=False)
        await self._calls(TU.hospital_number, "A0028", before + 1)
        worker = self._hub.processes["worker"][0]
        await kill(worker)
        self._say(f"worker {worker.pid} killed; the provider has the text, the hub does not know")
        replacement = await self._hub.start_worker()
        self._say(f"worker {replacement.pid} started")
        await until("the text in doubt to be proven", self._nothing_unfinished)
        shown = await self._sandbox.messages(TUS_NUMBER, "sms")
        require(len(shown) == before + 1, "the phone does not have exactly one text")
        self._say("found in the provider's list by its reference: exactly one text, not repeated")

    async def _nothing_unfinished(self) -> bool:
        under_way = {"sending", "in_doubt"}
        for told in await self._hospital.deliveries():
            due = [delivery for delivery in told["deliveries"] if delivery["status"] in under_way]
            planned = [
                delivery for delivery in told["deliveries"]
                if delivery["status"] == "planned" and told["kind"] == "queue.called"
            ]  # fmt: skip
            if due or planned:
                return False
        return True

    async def support_sees_it_all(self) -> None:
        self._timeline.step(10, "What support sees")
        await self._helper.signs_in()
        self._say(f"{'told':<20}{'channel':<9}{'status':<12}{'took':>9}  in plain words")
        for person in (LAN, TU):
            for message in await self._helper.messages_of(person):
                for delivery in message["deliveries"]:
                    self._say(_row(message, delivery))

    def _say(self, text: str) -> None:
        self._timeline.say(text)


def _row(message: dict[str, Any], delivery: dict[str, Any]) -> str:
    seconds = delivery["secondsToDelivered"] or delivery["secondsToSent"]
    took = "-" if seconds is None else f"{seconds:.2f} s"
    words = delivery["inWords"]["en"]
    return (
        f"{message['kind']:<20}{delivery['channel']:<9}{delivery['status']:<12}{took:>9}  {words}"
    )
