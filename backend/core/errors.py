"""What can go wrong in a way the caller can act on. Anything else is a bug: a bare 500."""

from collections.abc import Mapping, Sequence
from inspect import cleandoc
from typing import ClassVar

from msgspec import Struct


class Issue(Struct, frozen=True):
    """One thing that is wrong with what was sent: where, and what; never the value itself."""

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
