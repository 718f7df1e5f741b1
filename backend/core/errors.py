"""The base classes of errors that a caller can act on. Any other error is a bug: a bare 500."""

from collections.abc import Mapping, Sequence
from inspect import cleandoc
from typing import ClassVar

from msgspec import Struct


class Issue(Struct, frozen=True):
    """One fault in a request: its path and a message, never the value."""

    path: str
    message: str


class HubError(Exception):
    """The request could not be carried out."""

    code: ClassVar[str] = "hub_error"
    status: ClassVar[int] = 400

    def __init__(
        self,
        *,
        faults: Sequence[Issue] = (),
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(self.code)
        self.faults = tuple(faults)
        self.retry_after = retry_after
        self.headers = dict(headers or {})

    @property
    def message(self) -> str:
        return cleandoc(self.__doc__ or "")


class NotFound(HubError):
    """There is nothing here for you."""

    code = "not_found"
    status = 404


class Unavailable(HubError):
    """The hub cannot do this just now. Try again in a moment."""

    code = "unavailable"
    status = 503
