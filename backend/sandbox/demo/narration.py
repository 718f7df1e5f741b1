"""Says what happens in the demo, step by step, with the seconds since its beginning."""

import time


class Timeline:
    def __init__(self) -> None:
        self._began = time.monotonic()

    def step(self, number: int, title: str) -> None:
        print(f"\n{number:>2}. {title}", flush=True)  # noqa: T201  # the demo's whole purpose

    def say(self, text: str) -> None:
        seconds = time.monotonic() - self._began
        print(f"  {seconds:7.2f} s  {text}", flush=True)  # noqa: T201  # the same
