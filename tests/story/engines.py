"""The engines of a story, to be searched for what must not be there."""

import re
from typing import Any

import httpx

from backend.sandbox.demo.people import Sandbox, until
from backend.sandbox.demo.story_bundles import encoded
from backend.sandbox.demo.whole_hub import WholeHub
from tests.harness.intake.other_kinds import sent

Resource = dict[str, Any]


class Engine:
    """The hospital's, which says the same at every endpoint there is."""

    def __init__(self, http: httpx.AsyncClient, key: str) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/fhir+json"}

    async def posts(self, bundle: Resource) -> str:
        return await self._sends("POST", "/fhir/R4", bundle)

    async def posts_a_batch(self, *resources: Resource) -> str:
        return await self.posts(sent(*resources) | {"type": "batch"})

    async def posts_each(self, *resources: Resource) -> str:
        return "".join(
            [await self._sends("POST", f"/fhir/R4/{r['resourceType']}", r) for r in resources]
        )

    async def puts_each(self, *resources: Resource) -> str:
        return "".join(
            [
                await self._sends("PUT", f"/fhir/R4/{r['resourceType']}/{r['id']}", r)
                for r in resources
            ]
        )

    async def asks(self) -> str:
        answers = [
            await self._http.get(path, headers=self._headers)
            for path in ("/hospital/deliveries", "/hospital/messages")
        ]
        return "".join(each.text for each in answers)

    async def _sends(self, method: str, address: str, body: Resource) -> str:
        answer = await self._http.request(
            method, address, content=encoded(body), headers=self._headers
        )
        assert answer.status_code in {200, 201}, answer.text
        return answer.text


async def code_on(sandbox: Sandbox, number: str) -> str:
    """Wait for the text with a code; it comes after all that was to be told before."""

    async def look() -> str | None:
        texts = [each["text"] for each in await sandbox.messages(number, "sms")]
        return next((found[0] for text in texts if (found := re.findall(r"\b\d{6}\b", text))), None)

    return await until("the code", look)


async def every_count(hub: WholeHub) -> str:
    """Give the metrics of all processes of the hub that show some."""
    urls = hub.metrics_urls("api") + hub.metrics_urls("worker")
    async with httpx.AsyncClient() as scraper:
        texts = [(await scraper.get(url)).text for url in urls]
    assert len(texts) > 1
    assert all("hub_requests_total" in text for text in texts)
    return "".join(texts)
