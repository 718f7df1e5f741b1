"""A record of every kind comes in at one endpoint and is read back whole at others."""

import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx
import pytest

from backend.core.subprocesses import output_of
from backend.records.reading.timeline_views import TimelineKind
from backend.sandbox.demo.people import Sandbox, Smartphone
from backend.sandbox.demo.story_bundles import registration
from backend.sandbox.demo.whole_hub import WholeHub
from tests.harness.intake.other_kinds import sent
from tests.harness.records.everything import BINHS_NUMBER, EVERYTHING, FACILITY, LETTER
from tests.harness.records.examples_with_events import PDF
from tests.harness.records.measurements import ALONE, BINH, IN_A_REPORT, Fields
from tests.story.engines import Engine, code_on

pytestmark = pytest.mark.processes

Read = dict[str, Any]


class App:
    """The patient's, which reads every list to its end."""

    def __init__(self, endpoint: httpx.AsyncClient, phone: Smartphone) -> None:
        self._door = endpoint
        self._headers = {"Authorization": f"Bearer {phone.access_token}"}

    async def bytes_of(self, path: str) -> bytes:
        answer = await self._door.get(f"/v1/patients/me/{path}", headers=self._headers)
        assert answer.status_code == 200, answer.text
        return answer.content

    async def reads(self, path: str) -> Any:
        """Numbers stay the letters they are."""
        return json.loads(await self.bytes_of(path), parse_float=str, parse_int=str)

    async def lists(self, path: str, *query: str, limit: int = 2) -> list[Read]:
        items: list[Read] = []
        cursor: str | None = ""
        while cursor is not None:
            asked = [*query, f"limit={limit}", *([f"cursor={cursor}"] if cursor else [])]
            page = await self.reads(f"{path}?{'&'.join(asked)}")
            assert len(page["items"]) <= limit
            items += page["items"]
            cursor = page["nextCursor"]
        return items


@pytest.fixture(scope="module")
async def app(hub: WholeHub) -> AsyncIterator[App]:
    """The app of a patient whose hospital has sent everything there is."""
    async with (
        httpx.AsyncClient(base_url=hub.api_url, timeout=10) as endpoint,
        httpx.AsyncClient(base_url=hub.sandbox_url, timeout=10) as phones,
    ):
        await output_of(["facility", "add", "55555", FACILITY, "BV BAY"], hub.environment)
        key = (await output_of(["facility", "key", "55555"], hub.environment)).strip()
        engine, sandbox = Engine(endpoint, key), Sandbox(phones)
        await engine.posts(registration(BINH))
        await engine.posts(sent(*(each for kind in EVERYTHING.values() for each in kind.sent)))
        phone = Smartphone(endpoint, BINH, "binhs-token")
        await phone.signs_in(lambda: code_on(sandbox, BINHS_NUMBER))
        yield App(endpoint, phone)


def unmatched(read: Iterable[Read], expected: Iterable[Fields]) -> tuple[list[Read], list[Fields]]:
    """Give what was read and not expected, and what was expected and not read."""
    missing, strange = list(expected), []
    for each in read:
        met = next((said for said in missing if {**each, **said} == each), None)
        if met is None:
            strange.append(each)
        else:
            missing.remove(met)
    return strange, missing


def test_the_story_has_every_kind_there_is() -> None:
    assert set(EVERYTHING) == set(TimelineKind)


LISTED = [name for name, kind in EVERYTHING.items() if kind.listed_at]


@pytest.mark.parametrize("name", LISTED)
async def test_every_list_has_all_that_was_sent_value_by_value(app: App, name: str) -> None:
    kind = EVERYTHING[name]
    assert kind.listed_at

    read = await app.lists(kind.listed_at)

    assert len({each["id"] for each in read}) == len(read) == len(kind.sent)
    assert unmatched(read, kind.read) == ([], [])
    assert all(each["facility"] == FACILITY and each["asOf"] for each in read)


@pytest.mark.parametrize("name", [name for name in LISTED if EVERYTHING[name].has_its_own])
async def test_each_of_them_is_read_by_itself_as_the_list_has_it(app: App, name: str) -> None:
    path = EVERYTHING[name].listed_at
    assert path

    for each in await app.lists(path):
        alone = await app.reads(f"{path}/{each['id']}")

        assert {**alone, **each} == alone


async def test_a_result_has_every_value_and_unit_as_the_laboratory_wrote_it(app: App) -> None:
    whole = [await app.reads(f"results/{each['id']}") for each in await app.lists("results")]
    (laboratory,) = [each for each in whole if each["category"] == "laboratory"]

    assert unmatched(laboratory["observations"], (said for _, said in IN_A_REPORT.values())) == (
        [], [],
    )  # fmt: skip
    assert [len(each["observations"]) for each in whole if each is not laboratory] == [0, 0]


async def test_both_pressures_are_there(app: App) -> None:
    read = await app.lists("observations")

    (pressure,) = [each for each in read if each["name"] == ALONE[1]["name"]]
    assert [(each["value"], each["unit"]) for each in pressure["components"]] == [
        ("120", "mmHg"), ("80.0", "mmHg"),
    ]  # fmt: skip
    trend = await app.reads(f"observations/{pressure['id']}/trend")
    assert [line["points"][0]["value"] for line in trend["series"]] == ["120", "80.0"]


async def test_files_come_back_byte_by_byte(app: App) -> None:
    documents = {each["title"]: each for each in await app.lists("documents")}
    two, (xray,) = documents["Hai tệp"], [e for e in await app.lists("results") if e["files"]]

    assert [await app.bytes_of(f"documents/{two['id']}/content?file={n}") for n in (0, 1)] == [
        LETTER, PDF,
    ]  # fmt: skip
    assert await app.bytes_of(f"results/{xray['id']}/content") == PDF


async def test_the_timeline_has_everything_that_has_happened_once_and_in_order(app: App) -> None:
    read = await app.lists("timeline")

    assert len({each["id"] for each in read}) == len(read)
    places = [(each["at"], each["id"]) for each in read]
    assert places == sorted(places, reverse=True)
    for name, kind in EVERYTHING.items():
        of_this_kind = [each["record"] for each in read if each["kind"] == name]
        there = len(kind.sent) if kind.in_timeline < 0 else kind.in_timeline
        strange, missing = unmatched(of_this_kind, kind.read)
        assert (len(of_this_kind), strange) == (there, []), name
        assert len(missing) == len(kind.sent) - there, name
        assert await app.lists("timeline", f"kind={name}") == [
            each for each in read if each["kind"] == name
        ]
    assert len(read) == sum(1 for each in read if each["kind"] in EVERYTHING)
    assert read == await app.lists("timeline", limit=100)


async def test_what_is_ahead_is_in_the_calendar_and_what_is_past_is_not(app: App) -> None:
    ahead = await app.lists("appointments", "when=next")
    past = await app.lists("appointments", "when=past")
    calendar = await app.bytes_of("appointments/calendar.ics")

    assert [each["startsAt"][:4] for each in ahead] == ["2099"]
    assert len(past) == 2
    assert calendar.count(b"BEGIN:VEVENT") == 1
