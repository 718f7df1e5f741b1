"""Sets a printed summary as PDF, off the event loop.

Typst reads a template of ours and nothing else: no text of a hospital is ever part of the
template, no file and no package can be reached from it, and only its own letters are used, so that
every machine sets the same page.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from tempfile import TemporaryDirectory
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import segno
import typst

from backend.core.errors import Unavailable
from backend.core.i18n import Language
from backend.core.odd_rows.unreadable import UNREADABLE_NAME
from backend.core.settings import load_settings
from backend.records.summary import glyphs, labels
from backend.records.summary.bundle import SYSTEM, sentences_of
from backend.records.summary.collect import Gathered
from backend.records.summary.rows import COLUMNS, Writer, writer_for
from backend.records.summary.rules import SectionContent

AT_ONCE: Final = 2
"""Pages that a process sets at the same time; typst works outside Python's lock."""
MOST_WAITING: Final = 20
LONGEST_CELL: Final = 600
"""Letters of one text of a hospital on paper; the app has the rest."""
MOST_LETTERS: Final = 20_000
"""Of one section: seven or eight pages."""
LONGEST_LINE: Final = 170
MOST_CODES: Final = 12
"""Of prescriptions: a code is of use for some days, so older ones are in the app only."""
LONGEST_NAME: Final = 70
"""In the footer, which has so much room."""
_SEVERAL: Final = 2
_LONG: Final = re.compile(r"[^\s\u200b]{20}(?=[^\s])")
_BREAK: Final = "\u200b"
_SHARES: Final = {
    "substance": 3, "reaction": 4, "risk": 1.5, "medicine": 4, "dosage": 5, "problem": 6,
    "since": 1.7, "vaccine": 5, "dose": 1, "test": 4, "value": 3.2, "flag": 2.2, "reference": 2.8,
    "procedure": 6, "date": 1.7, "source": 1,
}  # fmt: skip
"""How wide a column is beside the others. The source stands last, where there are several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """The facts about a print that are not from the record."""

    at: datetime
    until: datetime
    by: str
    is_own: bool
    code: str


@dataclass(frozen=True, slots=True)
class PdfPage:
    """A page as it leaves the press."""

    pdf: bytes
    lacks_letters: bool
    """Whether a sign stands in the place of some; the page says so."""


class Press:
    """Sets a few pages at a time; some more requests wait, all others are refused."""

    def __init__(self) -> None:
        self._workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="press")
        self._waiting = 0

    async def set(self, page: Mapping[str, Any], link: str, at: datetime) -> PdfPage:
        """Set the page as PDF.

        Raises:
            Unavailable: too many are being printed just now.
        """
        if self._waiting >= AT_ONCE + MOST_WAITING:
            raise Unavailable(retry_after=5)
        self._waiting += 1
        try:
            work = asyncio.get_running_loop().run_in_executor
            return await work(self._workers, paper_of, page, link, at)
        finally:
            self._waiting -= 1


@cache
def press() -> Press:
    return Press()


def paper_of(page: Mapping[str, Any], link: str, at: datetime) -> PdfPage:
    """Set a page; the same page at the same time gives the same bytes."""
    signed, lacks_letters = glyphs.printable(page)
    if lacks_letters:
        told = labels.PAPER["letters"].said_in(Language(page["language"]))
        signed = {**signed, "letters": told}
    made = compiler(signed, link).compile(format="pdf", timestamp=int(at.timestamp()))
    assert isinstance(made, bytes), "one PDF for all pages"
    return PdfPage(made, lacks_letters)


def compiler(page: Mapping[str, Any], link: str) -> typst.Compiler:
    nowhere = _empty_folder().name
    return typst.Compiler(
        _template(),
        root=nowhere,
        font_paths=glyphs.fonts(),
        ignore_system_fonts=True,
        sys_inputs={"page": msgspec.json.encode(page).decode(), "qr": _qr(link)},
        package_path=nowhere,
        package_cache_path=nowhere,
    )


@cache
def _empty_folder() -> TemporaryDirectory[str]:
    """Where the template would find files and packages. It goes with the process."""
    return TemporaryDirectory(prefix="hub-paper-")


@cache
def _template() -> bytes:
    return files("backend.records.summary").joinpath("paper.typ").read_bytes()


def _qr(link: str) -> str:
    drawn = BytesIO()
    segno.make_qr(link, error="m").save(drawn, kind="svg", xmldecl=False, nl=False, border=2)
    return drawn.getvalue().decode()


def page_data(gathered: Gathered, printed: Print, language: Language) -> dict[str, Any]:
    """Collect all texts of the printed page."""
    names = _numbered([facility.name for facility in gathered.sources.values()])
    numbers = {
        name: replace(source, name=f"[{n}]")
        for n, (name, source) in enumerate(gathered.sources.items(), start=1)
    }
    writer = writer_for(numbers, language)
    return {
        "language": language.value,
        "system": SYSTEM,
        "title": labels.TITLE.said_in(language),
        "person": [
            [labels.PAPER[label].said_in(language), fitted(said)]
            for label, said in _person(gathered, writer, names, language)
        ],
        "sections": [_section(part, writer, names, language) for part in gathered.parts],
        "prescriptions": prescriptions_of(gathered, language),
        "note": labels.NOTE.said_in(language),
        "letters": "",
        "footer": _footer(printed, ", ".join([SYSTEM, *names]), language),
    }


def prescriptions_of(gathered: Gathered, language: Language) -> dict[str, Any]:
    """Collect the codes of electronic prescriptions, the newest first, each with its medicines."""
    medicines: dict[str, list[str]] = {}
    for item in (item for part in gathered.parts for item in part.items):
        code = item.view.get("prescriptionCode")
        if item.kind == "medicine" and code:
            medicines.setdefault(code, []).append(item.view["name"])
    return {
        "title": labels.PAPER["prescriptions"].said_in(language),
        "note": labels.PAPER["prescriptions_note"].said_in(language),
        "codes": [
            {
                "code": code,
                "medicines": fitted(", ".join(dict.fromkeys(filter(None, names))), LONGEST_LINE),
                "qr": _qr(code),
            }
            for code, names in list(medicines.items())[:MOST_CODES]
        ],
    }


def _numbered(names: list[str]) -> list[str]:
    """Number the facilities where there are several, so that each row can say whose it is."""
    if len(names) < _SEVERAL:
        return names
    return [f"[{n}] {name}" for n, name in enumerate(names, start=1)]


def _person(
    gathered: Gathered, writer: Writer, names: list[str], language: Language
) -> list[tuple[str, str]]:
    profile = gathered.profile
    sex = labels.SAID.get(profile.sex)
    unreadable = labels.PAPER["unreadable"].said_in(language)
    return [
        ("name", unreadable if profile.name == UNREADABLE_NAME else profile.name),
        ("born", writer.date(profile.birth_date) or "–"),
        ("sex", sex.said_in(language) if sex else profile.sex),
        ("sources", "\n".join(names) or labels.PAPER["no_source"].said_in(language)),
    ]


def _section(
    part: SectionContent, writer: Writer, names: list[str], language: Language
) -> dict[str, Any]:
    """Show whose each row is, where it is not of the only one."""
    columns = [name for name in COLUMNS[part.section] if name != "source" or len(names) >= _SEVERAL]
    head = writer.head(part.section)
    rows = _on_paper([writer.row(item, part.section)[: len(columns)] for item in part.items])
    told = replace(part, more=part.more or len(rows) < len(part.items))
    return {
        "title": labels.SECTIONS[part.section].said_in(language),
        "sentences": sentences_of(told, language),
        "head": head[: len(columns)],
        "shares": [_SHARES[column] for column in columns],
        "strong": columns.index("value") if "value" in columns else 0,
        "rows": rows,
    }


def _on_paper(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Give the rows that a section has room for, the first ones first."""
    fitting, letters = list[list[str]](), 0
    for row in rows:
        cells = [fitted(cell) for cell in row]
        letters += sum(map(len, cells))
        if letters > MOST_LETTERS:
            break
        fitting.append(cells)
    return fitting


def _footer(printed: Print, sources: str, language: Language) -> dict[str, str]:
    def said(name: str) -> str:
        return labels.PAPER[name].said_in(language)

    owner = said("patient" if printed.is_own else "caregiver")
    return {
        "converted": said("converted"),
        "sources": fitted(sources, LONGEST_LINE),
        "printed": f"{said('printed')} {_local(printed.at)} – {said('by')}:"
        f" {fitted(printed.by, LONGEST_NAME)} ({owner})",
        "code-label": said("code"),
        "code": printed.code,
        "until": f"{load_settings().public_url}/printed – {said('until')} {_local(printed.until)}",
        "page": said("page"),
    }


def fitted(text: str, most: int = LONGEST_CELL) -> str:
    """Shorten a text that is too long for paper visibly, and allow breaks in long words."""
    short = text if len(text) <= most else f"{text[: most - 3]} […]"
    return _LONG.sub(lambda found: found[0] + _BREAK, short)


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo(load_settings().timezone)):%H:%M %d/%m/%Y}"
