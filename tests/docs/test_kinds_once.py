"""No list of kinds of records is kept by hand: whoever needs one makes it of the register."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from backend.records.kinds import KINDS
from tests.harness.tree import ROOT

TABLES: Final = frozenset(kind.table for kind in KINDS)
FHIR: Final = frozenset(kind.fhir for kind in KINDS)
MOST: Final = 2
"""So many kinds may be named side by side; more is a list."""

SQL: Final = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|GRANT|CREATE|ALTER|FROM|IN)\b")
ALLOWED: Final = {
    "backend/intake/fhir/resources/care.py": "its function for each; held to the register",
    "backend/intake/fhir/resources/clinical.py": "the same",
    "backend/intake/fhir/entry_events.py": "the kinds with an event of their own; mypy holds them",
    "backend/intake/fhir/model/read_elements.py": "what is read of each; held to the readers",
    "backend/intake/fhir/resources/codings.py": "the codes of some kinds; others have none",
    "backend/records/summary/rules.py": "the section of each kind; held to the register",
    "backend/records/summary/entries.py": "how each kind is written as FHIR; held to the register",
    "backend/records/summary/rows.py": "the row of each kind of a summary",
}
"""Files that say something of their own of more kinds, each with its reason; `test_kinds` is what
holds them to the register. Migrations are not looked at: they are the past."""


def words_in(node: ast.AST) -> set[str]:
    """Give the words that a literal collection, or a class of constants, is made of."""
    match node:
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return {word for part in parts for word in _words(part)}
        case ast.Dict(keys=keys, values=values):
            by_key = {word for key in keys if key for word in _words(key)}
            by_value = {word for value in values for word in _words(value)}
            return max(by_key, by_value, key=lambda words: len(words & (TABLES | FHIR)))
        case ast.ClassDef(body=lines):
            assigned = [line.value for line in lines if isinstance(line, ast.Assign)]
            return {word for value in assigned for word in _words(value)}
        case ast.Constant(value=str(text)):
            words = set(re.findall(r"\w+", text))
            return words if SQL.search(text) or words <= TABLES else set()
        case ast.Match(cases=cases):
            return {word for each in cases for word in _patterns(each.pattern)}
        case _:
            return set()


def _words(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if isinstance(node, ast.Tuple):
        for part in node.elts[:1]:
            yield from _words(part)


def _patterns(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def lists_in(text: str) -> list[int]:
    """Give the lines at which more kinds are named than may be."""
    return [
        getattr(node, "lineno", 0)
        for node in ast.walk(ast.parse(text))
        if max(len(words_in(node) & TABLES), len(words_in(node) & FHIR)) > MOST
    ]


def test_no_list_of_kinds_is_kept_by_hand() -> None:
    found = {
        f"{name}:{line}"
        for path in sorted((ROOT / "backend").rglob("*.py"))
        if "migrations" not in path.parts
        for name in [str(path.relative_to(ROOT))]
        if name not in ALLOWED
        for line in lists_in(path.read_text())
    }

    assert found == set()


def test_a_list_inside_a_statement_is_a_list() -> None:
    tables = [kind.table for kind in KINDS][: MOST + 1]
    union = " UNION ALL ".join(f"SELECT id FROM {table}" for table in tables)

    assert lists_in(f"ALL = {union!r}") == [1]
    assert lists_in(f'ALL = "GRANT SELECT ON {", ".join(tables)} TO hub_api"') == [1]
    assert lists_in(f"ALL = {union.rpartition(' UNION ')[0]!r}") == []


def test_every_file_that_may_name_kinds_still_does() -> None:
    for name in ALLOWED:
        assert lists_in((ROOT / Path(name)).read_text()), name
