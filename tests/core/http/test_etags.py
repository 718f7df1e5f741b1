"""What an app says that it has, is compared as RFC 9110 (13.1.2) wants."""

from typing import Any, cast

import pytest
from litestar import Request
from litestar.types import HTTPScope

from backend.core.http.etag import is_known

WEAK = 'W/"0a1b"'
STRONG = '"0a1b"'


def request(*said: str) -> Request[Any, Any, Any]:
    headers = [(b"if-none-match", each.encode("latin-1")) for each in said]
    return Request(cast("HTTPScope", {"type": "http", "headers": headers}))


@pytest.mark.parametrize("tag", [WEAK, STRONG])
@pytest.mark.parametrize(
    "said",
    [[WEAK], [STRONG], ["*"], [" * "], [f'"x", {WEAK}'], [f'"x",{STRONG},"y"'], ['"x"', STRONG],
     [f'"a,b", {WEAK}'], [f",, {STRONG} ,"], [f'"\xfc", {STRONG}'], [f'W/"",{WEAK}']],
)  # fmt: skip
def test_a_tag_is_known_in_any_list_and_in_both_spellings(tag: str, said: list[str]) -> None:
    assert is_known(request(*said), tag)


@pytest.mark.parametrize("tag", [WEAK, STRONG])
@pytest.mark.parametrize(
    "said",
    [[], [""], ['"x"'], ["0a1b"], ['"0A1B"'], ['"0a1b'], ['"x,0a1b"'], ['"0a1b "'], ['""'],
     ['"*"'], ["W/*"], ['w/"0a1"'], ["*, *"]],
)  # fmt: skip
def test_another_tag_or_none_is_not_known(tag: str, said: list[str]) -> None:
    assert not is_known(request(*said), tag)
