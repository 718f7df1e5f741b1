"""Vietnamese as old systems and new ones would spell it alike, to be compared and not shown."""

from unicodedata import category, normalize


def in_plain_letters(text: str) -> str:
    """Write it in small unaccented letters with single spaces, so that one rule reads all."""
    bare = "".join(each for each in normalize("NFD", text) if category(each) != "Mn")
    return " ".join(bare.replace("đ", "d").replace("Đ", "d").casefold().split())
