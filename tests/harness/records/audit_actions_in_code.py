"""Finds in the code every word that an audit row about a patient may have."""

import ast
from collections.abc import Iterator
from importlib import import_module
from inspect import signature
from types import ModuleType
from typing import Any, Final

from tests.harness.tree import files, read

TAKES_A_WORD: Final = {
    "Act", "ChartAction", "AuditedAction", "audited_action", "reading_as", "record_of",
    "read_page_of", "write_of_both", "_write_down",
}  # fmt: skip
"""What writes an audit row, if it has one of the parameters of `WORDS`."""
WORDS: Final = ("action", "record_class", "what")
"""`what` is the word of `auth/registration`, which the identity issue writes anew."""


class Untold(LookupError):
    """Nobody can see from the code which words may stand here."""


def words_in_code() -> dict[str, str]:
    """Give each word with a place where it stands."""
    found: dict[str, str] = {}
    for name in files(".py"):
        if name.startswith("backend/") and not name.startswith(("backend/schema", "backend/bench")):
            tree = ast.parse(read(name))
            for function, call in _calls(tree):
                for word in _words(call, function, name):
                    found[word] = f"{name}:{call.lineno}"
    return found


def writers_in_code() -> set[str]:
    """Give those of `TAKES_A_WORD` that the code calls and that have a parameter of `WORDS`."""
    return {
        _called(call)
        for name in files(".py")
        if name.startswith("backend/") and not name.startswith(("backend/schema", "backend/bench"))
        for _, call in _calls(ast.parse(read(name)))
        if _word(call, name)
    }


def _calls(node: ast.AST, inside: Any = None) -> Iterator[tuple[Any, ast.Call]]:
    for child in ast.iter_child_nodes(node):
        within = child if isinstance(child, ast.AsyncFunctionDef | ast.FunctionDef) else inside
        if isinstance(child, ast.Call) and _called(child) in TAKES_A_WORD:
            yield inside, child
        yield from _calls(child, within)


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _words(call: ast.Call, function: Any, file: str) -> Iterator[str]:
    asked = _asked(call, file)
    word = _word(call, file)
    given = {each.arg: each.value for each in call.keywords}.get(word)
    if given is None and word and len(call.args) > asked.index(word):
        given = call.args[asked.index(word)]
    if given is not None:
        yield from _values(given, function, file)


def _asked(call: ast.Call, file: str) -> list[str]:
    return list(signature(getattr(_module(file), _called(call))).parameters)


def _word(call: ast.Call, file: str) -> str:
    """Name the parameter that takes the word; empty if there is none."""
    asked = _asked(call, file)
    return next((name for name in WORDS if name in asked), "")


def _module(file: str) -> ModuleType:
    return import_module(file.removesuffix(".py").replace("/", "."))


def _values(given: ast.AST, function: Any, file: str) -> Iterator[str]:
    module = _module(file)
    match given:
        case ast.Constant(value=str(word)):
            yield word
        case ast.IfExp(body=one, orelse=other):
            yield from _values(one, function, file)
            yield from _values(other, function, file)
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), ast.FormattedValue()]):
            yield from (f"{start}{end}" for end in ENDS[start])
        case ast.Name(id=name) if isinstance(getattr(module, name, None), str):
            yield str(getattr(module, name))
        case ast.Attribute(value=ast.Name(id=kind), attr=name) if hasattr(module, kind):
            yield str(getattr(getattr(module, kind), name))
        case _ if _is_handed_on(given, function):
            return
        case ast.Name(id=name) if (made := _made(name, function)) is not None:
            yield from _values(made, function, file)
        case _:
            raise Untold(f"{file}:{getattr(given, 'lineno', '')}: {ast.dump(given)}")


def _made(name: str, function: Any) -> ast.AST | None:
    """Find what a local name stands for."""
    for each in ast.walk(function):
        match each:
            case ast.Assign(targets=[ast.Name(id=known)], value=value) if known == name:
                return value
    return None


def _is_handed_on(given: ast.AST, function: Any) -> bool:
    """Whether the word is what the function was told itself, or one of a table of classes."""
    text = ast.unparse(given)
    if text in {
        "self.action",
        "str(action)",
        "kind.value",
        "class_of(kind)",
        "reading.class_of(kind)",
    }:
        return True
    told = {each.arg for each in ast.walk(function) if isinstance(each, ast.arg)}
    return isinstance(given, ast.Name) and given.id in told


CLASS_OF_KIND: Final = {"class_of(kind)", "reading.class_of(kind)"}
"""The record class of a kind, by the register: `test_access_words` goes over all classes."""
ENDS: Final = {"intake.": ("fhir", "hub"), "citizen_id.": ("cancelled", "issued_again")}
"""What stands behind the words that are put together; `test_access_words` compares it too."""
