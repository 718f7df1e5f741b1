import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.i18n import Language, preferred


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "vi"),
        ("", "vi"),
        ("en", "en"),
        ("vi", "vi"),
        ("EN-gb", "en"),
        ("vi-VN,vi;q=0.9,en-US;q=0.6,en;q=0.5", "vi"),
        ("en-US,en;q=0.9,vi;q=0.8", "en"),
        ("vi;q=0.4, en;q=0.5", "en"),
        ("en;q=0.5, vi;q=0.5", "en"),
        ("fr, en;q=0.1", "en"),
        ("fr", "vi"),
        ("*", "vi"),
        ("*;q=0.5, vi;q=0", "en"),
        ("en;q=0, *", "vi"),
        ("en;q=0", "vi"),
        ("en;q=0, vi;q=0", "vi"),
        ("en;q=2", "vi"),
        ("en; q = 0.7, vi;q=0.6", "en"),
        ("en;level=1", "vi"),
        ("fr," * 50 + "en", "vi"),
    ],
)
def test_a_caller_is_spoken_to_as_the_header_prefers(header: str | None, language: str) -> None:
    assert preferred(header) == language


@given(st.text(alphabet="vieno*;,=q.0159 -\t", max_size=60))
def test_whatever_is_sent_there_is_a_language(header: str) -> None:
    assert preferred(header) in Language
