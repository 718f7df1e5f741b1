"""Every way in which the hub says no is written down, once, under a code of its own."""

import re
from collections import defaultdict

from tests.harness.tree import hub_errors, read

ROW = re.compile(r"^\| `(\w+)` \| (\d{3}) \| (.+) \|$", re.MULTILINE)


def raised() -> dict[str, set[tuple[int, str]]]:
    """What callers may meet: an error that only groups others has no code of its own."""
    found: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for each in hub_errors():
        if "code" in vars(each):
            found[str(each.code)].add((each.status, " ".join((each.__doc__ or "").split())))
    return found


def test_a_code_means_one_thing() -> None:
    assert [code for code, meanings in raised().items() if len(meanings) > 1] == []


def test_every_error_says_something_of_its_own() -> None:
    silent = [each.__name__ for each in hub_errors() if not each.__doc__]

    assert silent == []


def test_the_list_of_errors_is_the_list_there_is() -> None:
    listed = ROW.findall(read("docs/errors.md"))

    documented = {code: {(int(status), said)} for code, status, said in listed}

    assert documented == raised()
    assert len(listed) == len(documented)
