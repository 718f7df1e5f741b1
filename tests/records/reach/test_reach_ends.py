"""A reach that grows or ends while a page, a file, a sync or a stream goes on."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.access.gate import reading_as
from backend.auth.rules import RecordClass
from backend.notifications.inbox.streams import INBOX, ME, RECORDS, Streams
from backend.records.filing.files import PIECE_BYTES, FileGone, all_pieces, as_read_by, file_of
from backend.sandbox.demo.story_bundles import HOSPITAL_NUMBERS, visit
from tests.conftest import Database
from tests.harness.intake.documents import letter
from tests.harness.intake.files import a_large_pdf, attached
from tests.harness.intake.hospital import an_hour_ago
from tests.harness.intake.other_kinds import sent
from tests.harness.records.reaching import at_level, leaves, reaches, steps_up
from tests.harness.records.union import Union, a_person, a_union


@pytest.fixture
async def union(database: Database, client: AsyncClient) -> Union:
    """Three charts, of which the session reaches two."""
    return await a_union(database, client, 3, 2)


@pytest.fixture
async def streams() -> AsyncIterator[Streams]:
    made = Streams()
    made.running = True
    yield made
    made.end_all()


async def kept(union: Union, limit: int, cursor: str | None = None) -> tuple[set[str], str]:
    """Sync to the end; give what an app has been told of, and its cursor."""
    ids: set[str] = set()
    while True:
        answer = await union.reads("changes", limit=limit, **({"since": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert not ids & {item["id"] for item in page["items"]}, "twice"
        ids |= {item["id"] for item in page["items"]}
        cursor = page["nextCursor"]
        if not page["more"]:
            return ids, cursor


async def all_of(union: Union, *charts: int) -> set[str]:
    found: set[str] = set()
    for table in ("result", "observation", "appointment", "medicine"):
        found |= await union.ids_of(table, *(union.charts[n] for n in charts))
    return found


async def files_again(union: Union, n: int) -> None:
    answer = await union.hospitals[n].posts(visit(a_person(n), an_hour_ago(), {"718-7": "118"}))
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
async def test_a_sync_goes_over_every_chart_and_tells_nothing_twice(
    union: Union, limit: int
) -> None:
    ids, cursor = await kept(union, limit)

    assert ids == await all_of(union, 0, 1)
    assert await kept(union, limit, cursor) == (set(), cursor)


@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_news_of_one_chart_come_without_the_others(union: Union, limit: int) -> None:
    _, cursor = await kept(union, 100)
    await files_again(union, 1)

    ids, after = await kept(union, limit, cursor)

    assert ids
    assert ids <= await all_of(union, 1)
    assert await kept(union, limit, after) == (set(), after)


@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_a_chart_that_comes_later_is_read_from_its_beginning(
    union: Union, limit: int
) -> None:
    first = await union.reads("changes", limit=1)
    await reaches(union.database.owner, union.session, union.charts[2])

    ids, _ = await kept(union, limit, first.json()["nextCursor"])

    told = {item["id"] for item in first.json()["items"]}
    assert ids == await all_of(union, 0, 1, 2) - told


@pytest.mark.parametrize("limit", [1, 100], ids=["in the middle", "at the end"])
async def test_a_sync_begins_anew_when_the_reach_shrinks(union: Union, limit: int) -> None:
    cursor = (await union.reads("changes", limit=limit)).json()["nextCursor"]
    await leaves(union.database.owner, union.session, union.charts[1])

    answer = await union.reads("changes", since=cursor)

    assert (answer.status_code, answer.json()["code"]) == (410, "sync_again")
    assert (await kept(union, 100))[0] == await all_of(union, 0)


@pytest.mark.parametrize(
    "change", ["weak", "strong", "proven", "stepped up", "merged", "discreet", "dead"]
)
async def test_a_sync_begins_anew_when_one_chart_is_open_in_another_way(
    union: Union, change: str
) -> None:
    owner, (_, other, _) = union.database.owner, union.charts
    _, cursor = await kept(union, 100)
    changes = {
        "weak": "UPDATE session_chart SET level = 'otp-limited' WHERE chart = $1",
        "strong": "UPDATE session_chart SET level = 'desk' WHERE chart = $1",
        "proven": "UPDATE session_chart SET proof = 'slip' WHERE chart = $1",
        "stepped up": "UPDATE session_chart SET stepped_up_until = hub_clock() + '1 minute'"
        "::interval WHERE chart = $1",
        "merged": "UPDATE patient_change SET epoch = epoch + 1 WHERE patient = $1",
        "discreet": "UPDATE facility SET discreet = true WHERE id ="
        " (SELECT facility FROM patient WHERE id = $1)",
        "dead": "UPDATE patient SET deceased_at = hub_clock() WHERE id = $1",
    }

    await owner.execute(changes[change], other)

    assert (await union.reads("changes", since=cursor)).status_code == 410


async def test_a_cursor_of_one_reach_does_not_fit_another(union: Union) -> None:
    _, cursor = await kept(union, 100)
    _, of_one = await kept_of(union, 0)
    other = await a_union(union.database, union.client, 1, 1)

    assert (await other.reads("changes", since=cursor)).status_code == 410
    assert (await union.reads("changes", union.charts[0], since=cursor)).status_code == 410
    assert (await union.reads("changes", since=of_one)).status_code == 410
    await leaves(union.database.owner, other.session, other.charts[0])
    assert (await other.reads("changes", since=cursor)).status_code == 410


async def kept_of(union: Union, n: int) -> tuple[int, str]:
    page = (await union.reads("changes", union.charts[n])).json()
    return len(page["items"]), page["nextCursor"]


async def test_a_page_shows_a_chart_until_its_end_is_committed(union: Union) -> None:
    """Who ends it holds the transaction open meanwhile."""
    owner = union.database.owner
    async with owner.transaction():
        await leaves(owner, union.session, union.charts[1])
        first = await union.reads("observations", limit=9)
    second = await union.reads("observations", cursor=first.json()["nextCursor"])

    shown = [{item["id"] for item in page.json()["items"]} for page in (first, second)]
    assert shown[0] & await union.ids_of("observation", union.charts[1])
    assert not shown[1] & await union.ids_of("observation", union.charts[1])
    rest = await union.ids_of("observation", union.charts[0])
    assert rest <= shown[0] | shown[1]


@pytest.mark.parametrize("end", ["left", "weak", "dead", "discreet"])
async def test_a_file_ends_with_the_reach_of_its_chart(union: Union, end: str) -> None:
    owner, (_, other, _) = union.database.owner, union.charts
    document = await a_document(union, other)
    async with reading_as(union.caller, None, RecordClass.RESULTS) as reader:
        found = await file_of(reader.charts, document, 0)
    pieces = all_pieces(found, as_read_by(union.session))
    first = await anext(pieces)
    match end:
        case "left":
            await leaves(owner, union.session, other)
        case "weak":
            await at_level(owner, "otp-limited")
        case "dead":
            await owner.execute("UPDATE patient SET deceased_at = hub_clock() WHERE id = $1", other)
        case _:
            await owner.execute("UPDATE facility SET discreet = true")

    with pytest.raises(FileGone):
        await anext(pieces)
    assert len(first) == PIECE_BYTES


async def test_a_file_goes_on_when_another_chart_ends(union: Union) -> None:
    document = await a_document(union, union.charts[1])
    async with reading_as(union.caller, None, RecordClass.RESULTS) as reader:
        found = await file_of(reader.charts, document, 0)
    pieces = all_pieces(found, as_read_by(union.session))
    await anext(pieces)

    await leaves(union.database.owner, union.session, union.charts[0])

    assert sum([len(piece) async for piece in pieces]) == found.size - PIECE_BYTES


async def test_a_stream_tells_of_every_chart_as_ones_own(union: Union, streams: Streams) -> None:
    async with streams.joined(union.session) as stream:
        await files_again(union, 1)
        await streams._look([stream])
        assert (RECORDS, ME) in stream.news
        stream.news.clear()
        await files_again(union, 2)
        await streams._look([stream])
        assert stream.news == set()
        assert stream.patients == set(union.charts[:2])


@pytest.mark.parametrize("change", ["left", "came", "weak", "stepped up", "discreet"])
async def test_a_stream_tells_that_the_reach_is_another(
    union: Union, streams: Streams, change: str
) -> None:
    owner, (_, other, third) = union.database.owner, union.charts
    async with streams.joined(union.session) as stream:
        match change:
            case "left":
                await leaves(owner, union.session, other)
            case "came":
                await reaches(owner, union.session, third)
            case "weak":
                await at_level(owner, "otp-limited")
            case "stepped up":
                await steps_up(owner, union.session)
            case _:
                await owner.execute("UPDATE facility SET discreet = true")
        await streams._look([stream])
        assert (RECORDS, ME) in stream.news
        assert not stream.over.is_set()
        assert (INBOX, str(other)) not in stream.news


@pytest.mark.parametrize(("proof", "hears"), [("code", False), ("slip", True)])
async def test_a_stream_says_nothing_of_what_waits_for_the_desk(
    union: Union,
    streams: Streams,
    proof: str,
    hears: bool,  # noqa: FBT001  # pytest names it
) -> None:
    owner = union.database.owner
    await owner.execute("UPDATE session_chart SET proof = $1", proof)
    for table in ("result", "observation", "appointment", "medicine"):
        await owner.execute(f"UPDATE {table} SET held = 2")
    async with streams.joined(union.session) as stream:
        await owner.execute("UPDATE result SET change_n = 90")
        await owner.execute("UPDATE patient_change SET n = 90")
        await streams._look([stream])

        assert bool(stream.news) == hears


async def test_a_stream_of_a_session_without_a_chart_lives(
    database: Database, client: AsyncClient, streams: Streams
) -> None:
    union = await a_union(database, client, 1, 0)
    async with streams.joined(union.session) as stream:
        await reaches(database.owner, union.session, union.charts[0])
        await streams._look([stream])
        assert stream.news
        await database.owner.execute("UPDATE session SET ended_at = hub_clock()")
        await streams._look([stream])
        assert stream.over.is_set()


async def a_document(union: Union, chart: UUID) -> UUID:
    """A letter of three pieces in one chart."""
    n = union.charts.index(chart)
    hers = {"identifier": {"system": HOSPITAL_NUMBERS, "value": f"BN{n}"}}
    answer = await union.hospitals[n].posts(sent(letter(attached(a_large_pdf(3)), subject=hers)))
    assert answer.status_code == 200, answer.text
    made: UUID = await union.database.owner.fetchval(
        "SELECT id FROM document WHERE patient = $1", chart
    )
    return made


async def test_news_of_one_chart_lose_no_row_of_the_next(union: Union) -> None:
    """An app has read a part of a change of the second chart when the first one has news."""
    second, told, cursor = await all_of(union, 1), set[str](), ""
    while len(told & second) < 2:
        page = (
            await union.reads("changes", limit=1, **({"since": cursor} if cursor else {}))
        ).json()
        told |= {item["id"] for item in page["items"]}
        cursor = page["nextCursor"]
    await files_again(union, 0)

    ids, _ = await kept(union, 1, cursor)

    assert second <= told | ids
