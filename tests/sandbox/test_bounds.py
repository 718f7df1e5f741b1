"""A sandbox that runs for weeks does not fill the machine."""

import pytest

from backend.sandbox import twilio_texts
from backend.sandbox.twilio_texts import Text, Texts


def test_the_oldest_text_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio_texts, "MOST", 2)
    texts = Texts()
    first, second, third = (Text(to=number, body="a") for number in ("1", "2", "1"))

    for text in (first, second, third):
        texts.keep(text)

    assert list(texts.newest_first(None)) == [third, second]
    assert list(texts.newest_first("1")) == [third]
    assert texts.get(first.sid) is None
