"""Counts the segments of a text as the network bills them."""

import math

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")


def segments(text: str) -> int:
    """Say how many: 160 or 153 letters of GSM-7 each, else 70 or 67 units of UTF-16."""
    if all(letter in _BASIC or letter in _EXTENDED for letter in text):
        return _parts(sum(2 if letter in _EXTENDED else 1 for letter in text), 160, 153)
    return _parts(len(text.encode("utf-16-le")) // 2, 70, 67)


def _parts(length: int, alone: int, joined: int) -> int:
    return 1 if length <= alone else math.ceil(length / joined)
