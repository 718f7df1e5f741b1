"""A sandbox that runs for weeks does not fill the machine."""

from backend.sandbox.twilio.texts import Text, Texts


def test_the_oldest_text_is_forgotten_first() -> None:
    texts = Texts(most=2)
    first, second, third = (Text(to=number, body="a") for number in ("1", "2", "1"))

    for text in (first, second, third):
        texts.keep(text)

    assert list(texts.newest_first(None)) == [third, second]
    assert list(texts.newest_first("1")) == [third]
    assert texts.get(first.sid) is None
