"""The list a worker in doubt reads: nothing twice, nothing missing, while new texts come in."""

from tests.sandbox.conftest import LAN, Ear, Provider


async def test_texts_are_listed_newest_first_and_page_by_page(provider: Provider) -> None:
    sids = [(await provider.text(body=f"so {n}"))[2]["sid"] for n in range(5)]
    await provider.text(to="+84987654321")

    listed, url = [], f"{provider.messages_url}.json?To=%2B84912345678&PageSize=2"
    pages = 0
    while url:
        _, _, page = await provider.ask("GET", url)
        await provider.text(to=LAN, body="one more between the pages")
        listed += [text["sid"] for text in page["messages"]]
        pages, url = pages + 1, page["next_page_uri"] and provider.url + page["next_page_uri"]

    assert (listed, pages) == (sids[::-1], 3)


async def test_a_day_filter_leaves_out_what_was_not_sent(provider: Provider, ear: Ear) -> None:
    await provider.text(StatusCallback=ear.url)
    for _ in range(3):
        await ear.next()
    url = f"{provider.messages_url}.json"

    _, _, since = await provider.ask("GET", url, params={"DateSent>": "2020-01-01"})
    _, _, before = await provider.ask("GET", url, params={"DateSent<": "2020-01-01"})
    status, _, _ = await provider.ask("GET", url, params={"DateSent": "yesterday"})

    assert (len(since["messages"]), before["messages"], status) == (1, [], 404)
