"""What a file is, by its bytes, and what of it a patient is not given."""

import zlib
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.intake.fhir.model.datatypes import NotUnderstood
from backend.intake.fhir.resources.attachment import bytes_of
from backend.intake.files.file_types import NotShownBecause, not_shown_because, type_of
from tests.harness.intake.files import (
    JPEG,
    PLAIN_PDF,
    PNG,
    TEXT,
    a_chunk,
    a_pdf,
    an_object,
    hidden_objects,
)

PDF = "application/pdf"
SCRIPT = b"<< /S /JavaScript /JS (app.alert(1)) >>"


@pytest.mark.parametrize(
    ("body", "kind"),
    [(PLAIN_PDF, PDF), (PNG, "image/png"), (JPEG, "image/jpeg"), (TEXT, "text/plain")],
)
def test_what_is_what_it_says_is_shown(body: bytes, kind: str) -> None:
    assert type_of(body) == kind
    assert not_shown_because(body, kind) is None
    assert not_shown_because(body, f"{kind.upper()}; charset=utf-8") is None
    assert not_shown_because(body, "") is None


@pytest.mark.parametrize("body", [PLAIN_PDF, PNG, JPEG])
@pytest.mark.parametrize("kind", ["application/octet-stream", "Binary/Octet-Stream"])
def test_a_type_that_says_nothing_is_no_other_type(body: bytes, kind: str) -> None:
    assert not_shown_because(body, kind) is None


@pytest.mark.parametrize(
    ("data", "body"),
    [("YQ==YmM=", b"abc"), ("YWJj\r\nZA==\r\nZWY=", b"abcdef"), ("YQ== ", b"a"), ("YWJj", b"abc")],
)
def test_base64_in_parts_is_read_to_its_end(data: str, body: bytes) -> None:
    assert bytes_of({"data": data}, "x") == body


def test_a_part_that_is_no_base64_is_refused_by_its_place() -> None:
    with pytest.raises(NotUnderstood) as refused:
        bytes_of({"data": "Y=YQ=="}, "x")

    assert refused.value.faults[0].path == "x.data"


@pytest.mark.parametrize(
    ("body", "kind"),
    [(PNG, PDF), (PLAIN_PDF, "text/plain"), (JPEG, "image/png"), (TEXT, "text/html"),
     (TEXT, "application/octet-stream")],
)  # fmt: skip
def test_a_type_that_is_not_that_of_the_bytes_is_not_believed(body: bytes, kind: str) -> None:
    assert not_shown_because(body, kind) is NotShownBecause.OTHER_TYPE


@pytest.mark.parametrize(
    "body",
    [b"", b"MZ\x90\0\3",
     b"PK\x03\x04....", b"GIF89a\1\0", b"\xff\xfe\0t", b"<html><script>x()</script>",
     b"<svg onload=x()>", b"\0" * 50, b"words\x1b[31m", b"words %PDF-1.4",
     b"\xffwords " + PLAIN_PDF, b"MZ\n" + PLAIN_PDF,
     b"#!/bin/sh\n" + PLAIN_PDF, b"GIF89a" + PLAIN_PDF],
)  # fmt: skip
def test_other_kinds_are_not_shown(body: bytes) -> None:
    assert not_shown_because(body, "") is NotShownBecause.UNKNOWN_TYPE


@pytest.mark.parametrize(
    "body",
    [
        PLAIN_PDF + b"PK\x03\x04 zip PK\x05\x06" + b"\0" * 18,
        PLAIN_PDF + b"<html><script>x()</script>",
        a_pdf(b"<script>x()</script>"),
        PNG + b"%PDF-1.4",
        PNG[:-12] + a_chunk(b"tEXt", b"%PDF-1.4 ...") + PNG[-12:],
        PNG[:-4],
        JPEG + b"PK\x05\x06" + b"\0" * 18,
        JPEG[:-2],
        JPEG[:20] + b"<?php x(); ?>" + JPEG[20:],
    ],
)
def test_a_file_that_is_two_kinds_at_once_is_not_shown(body: bytes) -> None:
    assert not_shown_because(body, "") is NotShownBecause.TWO_KINDS


PJL = b"\x1b%-12345X@PJL ENTER LANGUAGE=PDF\r\n"
CUT = PLAIN_PDF.removesuffix(b"%%EOF\n")


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + PLAIN_PDF, b"\r\n" + PLAIN_PDF, b"\0\0\n" + PLAIN_PDF,
        b"\xef\xbb\xbf\r\n" + PLAIN_PDF, b"\x04" + PLAIN_PDF, b" " * 1023 + PLAIN_PDF,
        b"Content-Type: application/pdf\r\n\r\n" + PLAIN_PDF, PLAIN_PDF.rstrip(), PJL + PLAIN_PDF,
        PLAIN_PDF + b"\0" * 4096, PLAIN_PDF + b"\x1a", PLAIN_PDF + b"\r\n\x1b%-12345X",
        PJL + PLAIN_PDF + b"\x1b%-12345X@PJL EOJ\r\n\x1b%-12345X",
        PLAIN_PDF.rstrip() + b"\xfe" * 1024, CUT + b"startxref\n9\n",
        PLAIN_PDF + an_object(b"<< >>", 9) + b"\nstartxref\n9\n%%EOF\n",
    ],
)  # fmt: skip
def test_a_pdf_is_one_as_readers_take_it(body: bytes) -> None:
    assert type_of(body) == PDF
    assert not_shown_because(body, PDF) is None


@pytest.mark.parametrize(
    "body",
    [
        PLAIN_PDF.rstrip() + b"\xfe" * 1025, CUT, PLAIN_PDF + PNG, PLAIN_PDF + JPEG,
        PLAIN_PDF + b"\n<SCRIPT>x()</SCRIPT>\n", PLAIN_PDF + b"\0" * 2000 + b"Rar!\x1a\x07",
        b"<html>\n" + PLAIN_PDF, b"PK\x03\x04" + PLAIN_PDF,
    ],
)  # fmt: skip
def test_a_pdf_with_another_file_around_it_or_cut_off_is_not_shown(body: bytes) -> None:
    assert not_shown_because(body, PDF) is NotShownBecause.TWO_KINDS


def test_what_begins_later_than_readers_look_is_no_pdf() -> None:
    assert type_of(b" " * 1023 + PLAIN_PDF) == PDF
    assert not_shown_because(b" " * 1024 + PLAIN_PDF, PDF) is NotShownBecause.OTHER_TYPE


def test_a_pdf_behind_a_printers_words_may_not_act_either() -> None:
    body = PJL + a_pdf(an_object(b"<< /OpenAction " + SCRIPT + b" >>")) + b"\x1b%-12345X"

    assert not_shown_because(body, PDF) is NotShownBecause.ACTIVE


@pytest.mark.parametrize(
    "body",
    [
        a_pdf(an_object(b"<< /OpenAction " + SCRIPT + b" >>")),
        a_pdf(an_object(b"<< /Names << /JavaScript 3 0 R >> >>")),
        a_pdf(an_object(b"<< /S /#4aava#53cript >>")),
        a_pdf(an_object(b"<< /S /Launch /F (cmd.exe) >>")),
        a_pdf(an_object(b"<< /Type /EmbeddedFile >>")),
        a_pdf(an_object(b"<< /Names << /EmbeddedFiles 4 0 R >> >>")),
        a_pdf(an_object(b"<< /AcroForm << /XFA [(template) 1 0 R] >> >>")),
        a_pdf(b"trailer << /Encrypt 9 0 R >>"),
        a_pdf(hidden_objects(SCRIPT)),
        a_pdf(hidden_objects(b"<< /S /#4cau#6Ech >>")),
        a_pdf(hidden_objects(SCRIPT).replace(b"/ObjStm", b"/#4fbjStm")),
        a_pdf(hidden_objects(b"<< >>", b"[/ASCIIHexDecode /FlateDecode]")),
        a_pdf(hidden_objects(b"<< >>", b"9 0 R")),
        a_pdf(hidden_objects(b"<< >>").replace(b"x\x9c", b"x\x00")),
    ],
)
def test_a_pdf_that_acts_or_hides_is_not_shown(body: bytes) -> None:
    assert not_shown_because(body, PDF) is NotShownBecause.ACTIVE


def test_a_pdf_with_harmless_hidden_objects_is_shown() -> None:
    body = a_pdf(hidden_objects(b"<< /Type /Font /BaseFont /Helvetica >>"))

    assert not_shown_because(body, PDF) is None


def test_a_bomb_is_not_unpacked() -> None:
    packed = zlib.compress(b"0 " * (40 * 1024 * 1024))
    head = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >>\nstream\n"

    assert not_shown_because(a_pdf(an_object(head + packed)), PDF) is NotShownBecause.ACTIVE


def test_a_small_file_does_not_cost_the_time_of_a_large_one() -> None:
    """One of 30 kB could take half a second, and a message of 1 MB has room for thirty."""
    head = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >>\nstream\n"
    small, large = (zlib.compress(b"0 " * n * 1024 * 1024) for n in (1, 12))
    end = b"\nendstream"
    honest = a_pdf(an_object(head + zlib.compress(b"0 " * 2000) + end), b"%" + b"x" * 4000)
    begun = perf_counter()

    bombs = [not_shown_because(a_pdf(an_object(head + packed + end)), PDF)
             for packed in (small, large) for _ in range(50)]  # fmt: skip

    assert perf_counter() - begun < 2
    assert bombs == [NotShownBecause.ACTIVE] * 100
    assert not_shown_because(honest, PDF) is None


PARTS = [b"stream\n", b"obj ", b"#41", b"/#41", b"/First stream\n", b"/First#41 stream\n",
         b"/Filter", hidden_objects(b"<< >>"),
         hidden_objects(b"<< >>").replace(b"endstream", b"")]  # fmt: skip


@pytest.mark.parametrize("part", PARTS, ids=[str(n) for n in range(len(PARTS))])
def test_looking_takes_no_longer_than_the_length_allows(part: bytes) -> None:
    body = a_pdf(part * (8 * 1024 * 1024 // len(part)))
    begun = perf_counter()

    not_shown_because(body, PDF)

    assert perf_counter() - begun < 5


@given(st.binary(max_size=300))
def test_anything_gets_an_answer(body: bytes) -> None:
    for start in (b"", b"%PDF-1.7\n", PNG[:8], JPEG[:3]):
        assert type_of(start + body) != "text/html"
        not_shown_because(start + body, "")
