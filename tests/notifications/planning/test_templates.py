import inspect
import unicodedata
from dataclasses import fields, replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from backend.auth.facilities.rules import short_name_of
from backend.core.gsm7 import SEGMENT, fold, segments, septets
from backend.gateways.sender import OutboundMessage
from backend.notifications.kinds import CODES, Kind
from backend.notifications.planning import planning, templates
from backend.notifications.planning.templates import (
    TEMPLATES,
    TemplateContext,
    filled_in,
    push_message,
    text_message,
)

LONGEST_FACILITY = "W" * 20
LONGEST_HOTLINE = "0" * 15


def longest(kind: Kind, language: str) -> TemplateContext:
    return TemplateContext(
        kind=kind,
        language=language,
        facility=LONGEST_FACILITY,
        hotline=LONGEST_HOTLINE,
        reference="WWWWW",
        notification=UUID(int=1),
        lifetime=60,
        ticket="W9999",
        counter="W9999",
        starts_at=datetime(2026, 12, 30, 16, 59, tzinfo=UTC),
        code="999999",
        hint="999",
    )


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_text_is_one_segment_with_the_longest_facility_name(
    kind: Kind, language: str
) -> None:
    text = text_message(longest(kind, language)).text

    size = septets(text)
    assert size is not None
    assert size <= SEGMENT
    assert segments(text) == 1


@pytest.mark.parametrize("kind", Kind)
def test_every_text_but_a_code_ends_in_its_reference(kind: Kind) -> None:
    text = text_message(longest(kind, "vi")).text

    assert text.endswith(" WWWWW") is (kind not in CODES)


@pytest.mark.parametrize(
    ("language", "purpose", "warning"),
    [("vi", "Ma dang nhap", "Khong dua ma nay cho bat ky ai"),
     ("en", "sign-in code", "Give it to nobody")],
)  # fmt: skip
def test_a_code_says_from_whom_and_what_for_and_to_give_it_to_nobody(
    language: str, purpose: str, warning: str
) -> None:
    text = text_message(longest(Kind.CODE, language)).text

    assert text.startswith(f"{LONGEST_FACILITY}: ")
    assert purpose in text
    assert warning in text
    assert "...999 " in text
    assert " 999999" in text
    assert text.isascii()


@pytest.mark.parametrize("kind", Kind)
def test_no_text_has_a_link_or_asks_for_an_answer(kind: Kind) -> None:
    for language in ("vi", "en"):
        text = push_message(longest(kind, language)).text.lower()
        assert "http" not in text
        assert "www." not in text.replace("w9999", "")


def test_every_kind_has_words_in_both_languages() -> None:
    assert set(TEMPLATES) == set(Kind)
    assert all(set(by_language) == {"vi", "en"} for by_language in TEMPLATES.values())


def test_nothing_that_carries_a_message_has_a_field_for_a_value() -> None:
    allowed = {
        "kind", "language", "facility", "hotline", "reference", "notification", "lifetime",
        "ticket", "counter", "starts_at", "zone", "code", "hint", "text", "title",
        "patient", "subject", "happened_at", "accepted_at", "received_event", "subject_version",
        "sender_id",
    }  # fmt: skip
    carriers = (TemplateContext, OutboundMessage, planning.Notice)
    assert {field.name for each in carriers for field in fields(each)} <= allowed


def test_wording_reads_no_table() -> None:
    assert "backend.core.database" not in inspect.getsource(templates)


def test_vietnamese_folds_to_the_alphabet_of_texts() -> None:
    assert fold("Đặng Thị Ứng, hồ sơ – “mới”…") == 'Dang Thi Ung, ho so - "moi"...'


@pytest.mark.parametrize(
    "name",
    ["BV Đại học Y", unicodedata.normalize("NFD", "BV Đại học Y"), "BV \u00d0a khoa",
     "BV MAU\u200b", "BV\u00ad MAU", "BV\u00a0MAU", "BV MAU\u20102", "BV MAU – CS 2",
     "\uff22\uff36 MAU", "BV\u2009“MẪU”", "PK Ê Đê"],
)  # fmt: skip
@pytest.mark.parametrize("kind", Kind)
def test_a_short_name_as_people_type_it_costs_no_second_segment(kind: Kind, name: str) -> None:
    facility = short_name_of(name)
    assert facility is not None

    text = text_message(replace(longest(kind, "vi"), facility=facility)).text

    assert segments(text) == 1
    assert septets(text) is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("a" * 306, 2),
        ("a" * 307, 3), ("đ" * 70, 1), ("đ" * 71, 2), ("đ" * 135, 3), ("😀" * 35, 1),
        ("😀" * 36, 2), ("", 1),
    ],
)  # fmt: skip
def test_segments_are_counted_as_networks_count_them(text: str, expected: int) -> None:
    assert segments(text) == expected


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_kept_wording_says_what_it_would_say_written_anew(kind: Kind, language: str) -> None:
    """Names and numbers with accents, dashes and braces: the parts are folded one by one."""
    context = replace(
        longest(kind, language),
        facility="Bệnh viện {Đà} Lạt",
        ticket="Đ–{code}",
        counter="7\u00a0A",
    )

    text = text_message(context).text

    assert text.startswith(f"{fold(context.facility)}: {fold(filled_in(context))}")


def test_no_text_leaves_anything_of_its_patient_with_the_kept_wordings() -> None:
    first = longest(Kind.QUEUE_CALLED, "vi")
    text_message(first)
    kept = templates._wording.cache_info().currsize

    for n in range(20):
        text_message(replace(first, ticket=f"A{n}", counter=str(n), reference=f"{n:05}"))

    assert templates._wording.cache_info().currsize == kept
    assert templates._wording.cache_info().maxsize == 2048
