"""One word for one thing: class names are defined once, and no retired word comes back."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Final

from tests.conftest import Database
from tests.harness.tree import MIGRATIONS, WRITTEN_BY_MACHINE, files, read

SHARED: Final = {"Kind", "Status"}
"""Public classes that more than one package may have, each inside its own."""
OF_TESTS: Final = {
    "Door", "Eyes", "Letter", "Says", "Who", "alike", "eyes", "letters", "overhearing",
    "test_alike",
}  # fmt: skip
RETIRED: Final[dict[str, frozenset[str]]] = {
    "module": frozenset({
        "account", "account_actions", "account_closure", "account_notices", "accounts", "acting",
        "addresses", "alike", "all_in_one", "answers", "barriers", "bodies",
        "brake", "call", "commanding", "details", "documents", "dose_notes", "doors", "doubts",
        "duties", "emptied", "etags", "eyes", "forgetting", "hints", "knowing", "letters",
        "letting_in", "lookout", "lookups", "mentions", "moving", "oidc_kept", "oidc_keys",
        "oidc_provider", "one_person", "overhearing", "places", "problem_words", "received",
        "releasing", "renewal", "replacing", "rereading", "restricting", "same_person",
        "scanning", "shown", "standing", "stones", "storing", "telling", "waiting", "watching",
        "whose", "wire", "with_reports", "wording", "words", "access_words",
    }),
    "class": frozenset({
        "AccountAction", "Announced", "Answer", "Appointed", "Asked", "Barriers", "Because",
        "Blame", "Deed",
        "Dishonest", "Doing", "Done", "Door", "Eyes", "Facts", "Fault", "FhirDoor", "How",
        "Imprint", "Kept", "LetIn", "Letter", "Manner", "Measured", "Mention", "NotKept", "Noted",
        "Opened", "Part", "Prescribed", "Present", "Problems", "ReleaseSaid",
        "Reported", "Says", "Sent", "Settled", "ShownContent", "StaffDoor", "Standing", "Taken",
        "Tell", "Terms", "Told", "Waiting", "Whom", "Wire", "Wishes", "Words",
    }),
    "function": frozenset({
        "account_action", "account_actions", "answer_to", "as_stored", "better_of",
        "check_mentions", "close_if_empty", "contradicts",
        "doing", "find_dead", "follow", "forget_stones", "hold_everybody", "in_words",
        "is_old_news", "kept", "let_in_waiting", "look_out", "may_have_changed", "moment_of",
        "move_notices", "one_kept", "only_honest_bodies", "people_found_by", "person_met",
        "put_aside", "read_again",
        "remember", "says_another_thing", "seems_guessed", "seems_pumped", "sentence", "settle",
        "show_due", "stand_with_reports", "standing", "stands", "stands_now", "stop_telling",
        "tell", "tell_through", "told", "told_when_seen", "under_way", "unfold_codes",
        "wait_in_turn", "watch", "watched", "why_not", "wishes", "with_database",
    }),
    "value": frozenset({
        "DEEDS", "DOORS", "IN_ONE", "IN_REACH", "MANNERS", "PLACES",
        "SENTENCES", "TERMS", "TOGETHER", "blame", "document", "door", "doors", "empty_looks",
        "folded_into", "look_before_repeat", "look_first", "luck", "next_look_at", "told_state",
    }),
}  # fmt: skip
"""What each was is in the history; what it is now, in the glossary. `reach` has a
meaning again: what a session may read."""
FOLDERS: Final = {"account"}
TABLES: Final = {"waiting", "code_text", "identity_link"}
COLUMNS: Final = {
    "how", "what",
    "document", "told_state", "folded_into", "empty_looks", "next_look_at", "look_before_repeat",
}  # fmt: skip
ROUTINES: Final = {"hub_bury", "hub_reach", "hub_readable", "hub_forget_stones"}
PRONOUNS: Final = {"each", "here", "how", "what", "who", "whose"}
"""They name nothing: a parameter, a field or a variable bears a noun."""
LONGEST_NAME_OF_A_TEST: Final = 80

PYTHON = [name for name in files(".py") if not name.startswith(WRITTEN_BY_MACHINE)]
BACKEND = [name for name in PYTHON if name.startswith("backend/")]


def defined(name: str) -> Iterator[tuple[str, str]]:
    """Give what a file defines, and of which sort each is; of functions, no local values."""
    yield "module", PurePath(name).stem
    yield from defined_in(ast.parse(read(name)).body, local=False)


def defined_in(body: list[ast.stmt], *, local: bool) -> Iterator[tuple[str, str]]:
    for node in body:
        match node:
            case ast.ClassDef():
                yield "class", node.name
                yield from defined_in(node.body, local=local)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield "function", node.name
                yield from defined_in(node.body, local=True)
            case (
                ast.Assign(targets=[ast.Name(id=target)])
                | ast.AnnAssign(target=ast.Name(id=target))
            ) if not local:
                yield "class" if is_a_type(node.value) else "value", target.lstrip("_")
            case ast.If() | ast.Try() | ast.With() | ast.AsyncWith():
                yield from defined_in([*node.body, *getattr(node, "orelse", [])], local=local)
            case _:
                pass


def is_a_type(value: ast.expr | None) -> bool:
    """Say whether another name for a type is made here, as `Annotated[...]` makes one."""
    return isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name)


def given_names(name: str) -> Iterator[tuple[int, str]]:
    """Give each parameter, field and variable of a file, with its line.

    The fields of a `View` are left out: they are the names of the contract, which apps read.
    """
    tree = ast.parse(read(name))
    of_the_contract = {
        id(field.target)
        for view in ast.walk(tree)
        if isinstance(view, ast.ClassDef) and view.name.endswith("View")
        for field in view.body
        if isinstance(field, ast.AnnAssign)
    }
    for node in ast.walk(tree):
        match node:
            case ast.arg(arg=given, lineno=line):
                yield line, given
            case ast.Name(id=given, ctx=ast.Store(), lineno=line):
                if id(node) not in of_the_contract:
                    yield line, given
            case ast.MatchAs(name=str(given), lineno=line):
                yield line, given
            case _:
                pass


def public_classes() -> list[tuple[str, str]]:
    return [
        (node.name, name)
        for name in BACKEND
        if not name.startswith(MIGRATIONS)
        for node in ast.parse(read(name)).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]


def test_a_public_class_name_is_defined_once() -> None:
    places: dict[str, list[str]] = {}
    for word, name in public_classes():
        places.setdefault(word, []).append(name)

    several = {word: there for word, there in places.items() if len(there) > 1}

    assert {word: there for word, there in several.items() if word not in SHARED} == {}


def test_a_shared_class_name_is_defined_once_in_its_package() -> None:
    places = [(word, PurePath(name).parts[1]) for word, name in public_classes() if word in SHARED]

    assert len(places) == len(set(places))
    assert {word for word, _ in places} == SHARED


def test_nothing_bears_a_retired_name() -> None:
    found = [
        f"{name}: {sort} {word}"
        for name in BACKEND
        for sort, word in defined(name)
        if word in RETIRED[sort]
    ]

    assert found == []


def test_no_folder_bears_a_retired_name() -> None:
    assert [name for name in BACKEND if FOLDERS & set(PurePath(name).parts[:-1])] == []


def test_a_parameter_a_field_and_a_variable_bear_a_noun() -> None:
    found = [
        f"{name}:{line} {word}"
        for name in BACKEND
        for line, word in given_names(name)
        if word in PRONOUNS
    ]

    assert found == []


def test_no_parameter_bears_a_retired_name() -> None:
    found = [
        f"{name}:{line} {word}"
        for name in BACKEND
        for line, word in given_names(name)
        if word in RETIRED["value"]
    ]

    assert found == []


def test_no_helper_of_the_tests_bears_a_retired_name() -> None:
    found = [
        f"{name}: {sort} {word}"
        for name in PYTHON
        if name.startswith(("tests/", "conformance/"))
        for sort, word in defined(name)
        if word in OF_TESTS
    ]

    assert found == []


def test_what_stands_inside_functions_and_conditions_is_seen_as_well() -> None:
    code = """
if True:
    Told = Annotated[str, 1]
    def outer():
        x = 1
        async def watch(): pass
        class Blame: pass
"""

    assert list(defined_in(ast.parse(code).body, local=False)) == [
        ("class", "Told"), ("function", "outer"), ("function", "watch"), ("class", "Blame"),
    ]  # fmt: skip


async def test_no_table_column_or_function_of_the_database_bears_one(database: Database) -> None:
    rows = await database.owner.fetch(
        "SELECT table_name AS name, column_name AS part FROM information_schema.columns"
        " WHERE table_schema = 'public' UNION"
        " SELECT routine_name, '' FROM information_schema.routines WHERE routine_schema = 'public'"
    )

    assert {row["name"] for row in rows} & (TABLES | ROUTINES) == set()
    assert {f"{row['name']}.{row['part']}" for row in rows if row["part"] in COLUMNS} == set()


def test_a_test_says_its_rule_in_eighty_characters() -> None:
    pattern = re.compile(r"def (test_\w+)")
    names = [found for name in PYTHON for found in pattern.findall(read(name))]

    assert names
    assert [name for name in names if len(name) > LONGEST_NAME_OF_A_TEST] == []
