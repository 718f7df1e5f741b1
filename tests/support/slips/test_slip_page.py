from html.parser import HTMLParser
from io import BytesIO

import segno
from httpx import AsyncClient

from tests.conftest import Database
from tests.harness.support.counter import SEEN, a_counter, makes
from tests.harness.support.makers import LAN_ID, a_facility, lan


async def test_nothing_of_a_slip_carries_a_citizen_id(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_counter(client, facility)
    await desk.finds_lan()

    slip = await makes(desk, patient)
    page = await desk.asks("POST", f"/patients/{patient}/slips/page", **SEEN)

    code = slip.json()["activationCode"]
    assert slip.json()["qr"] == drawn(code)
    for text in (slip.text, page.text):
        assert LAN_ID not in text
        assert LAN_ID[-4:] not in text.replace(str(patient), "")
        assert "Trần" not in text
        assert "912345678" not in text


def drawn(code: str) -> str:
    """What a QR of the code, and of nothing else, looks like."""
    image = BytesIO()
    segno.make_qr(code, error="m").save(
        image, kind="svg", xmldecl=False, nl=False, omitsize=True
    )  # fmt: skip
    return image.getvalue().decode()


class Seen(HTMLParser):
    """Collects the tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


async def test_the_page_says_what_to_do_in_two_languages_and_loads_nothing(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    await database.owner.execute("UPDATE facility SET hotline = '1900 0000'")
    patient, desk = await lan(database, facility), await a_counter(client, facility)
    await desk.finds_lan()

    page = await desk.asks("POST", f"/patients/{patient}/slips/page", **SEEN)

    assert page.status_code == 201
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    for words in ("Phiếu kích hoạt", "Activation slip", "T. T. Lan", "Benh vien Mau", "1900 0000"):
        assert words in page.text
    seen = Seen()
    seen.feed(page.text)
    assert not {"script", "img", "link", "iframe", "a", "form"} & set(seen.tags)
    assert not {name for name in seen.attributes if name.startswith("on")}
    assert not {"style", "href", "src"} & seen.attributes


async def test_a_name_cannot_write_into_the_page(client: AsyncClient, database: Database) -> None:
    facility = await a_facility(database)
    await database.owner.execute(
        "UPDATE facility SET name = '<script>alert(1)</script>', hotline = '<b>1'"
    )
    patient = await lan(database, facility, name="Tr <img/src=x/onerror=alert(1)> {code}")
    desk = await a_counter(client, facility)
    await desk.finds_lan()

    page = await desk.asks("POST", f"/patients/{patient}/slips/page", **SEEN)

    seen = Seen()
    seen.feed(page.text)
    assert not {"script", "img"} & set(seen.tags)
    assert "{code}" in page.text
    assert "&lt;script&gt;" in page.text
