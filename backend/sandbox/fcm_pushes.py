"""The last raw requests FCM accepted, for whoever checks what the hub puts into them."""

from collections import deque
from typing import Any

import msgspec

MOST = 1000


class Pushes:
    def __init__(self) -> None:
        self._bodies: deque[bytes] = deque(maxlen=MOST)

    def keep(self, body: bytes) -> None:
        self._bodies.append(body)

    def bodies(self) -> list[Any]:
        return [msgspec.json.decode(body) for body in self._bodies]
