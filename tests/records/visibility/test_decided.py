"""What rules decided of a set of facts is kept by a digest: bounded, without a word of it."""

from functools import partial

from backend.records.visibility.decided import DecidedFacts
from backend.records.visibility.restriction_config import rules
from backend.records.visibility.restriction_rules import Rules, parse_rules, security_labels

NOTHING = security_labels(codings=(), labels=(), departments=(), names=())
SEX = security_labels(codings=(), labels=(), departments=(), names=("Giới tính thai nhi",))


def rules_with(code: str, files: str) -> Rules:
    return parse_rules(
        f'{{"classes": [{{"name": "one", "codes": ["|{code}"]}}],'
        f' "withheldFiles": {{"name": "files", "codes": ["|{files}"]}}}}'.encode()
    )


def test_facts_of_a_record_decide_together_with_what_it_is_itself() -> None:
    """A hidden class is known by what a record is: the one that only mentions it is shown."""
    known = rules()

    itself, mentioned = known.class_of(SEX, SEX), known.class_of(SEX, NOTHING)
    again = known.class_of(SEX, SEX)

    assert itself is not None
    assert itself.hidden
    assert mentioned is None
    assert again is itself


def test_two_files_of_rules_decide_the_same_facts_each_for_itself() -> None:
    facts = security_labels(codings=[("urn:x", "7")], labels=(), departments=(), names=())
    first, second = rules_with("7", "8"), rules_with("9", "7")

    assert [first.class_of(facts) is not None, second.class_of(facts) is not None] == [True, False]
    assert [first.withholds(facts), second.withholds(facts)] == [False, True]
    assert first.class_of(facts) is first.classes[0]


def test_where_a_word_stands_decides_too() -> None:
    """A department is no name: the same word in another place is another set of facts."""
    decided = DecidedFacts[int]()
    word = "Khoa Tâm thần"
    places = [
        security_labels(codings=(), labels=(), departments=(word,), names=()),
        security_labels(codings=(), labels=(), departments=(), names=(word,)),
        security_labels(codings=(), labels=(word,), departments=(), names=()),
        security_labels(codings=[("", word)], labels=(), departments=(), names=()),
        security_labels(codings=(), labels=(), departments=("Khoa", "Tâm thần"), names=()),
    ]

    assert [decided.get(place, partial(int, n)) for n, place in enumerate(places)] == [
        0,
        1,
        2,
        3,
        4,
    ]
    assert [decided.get(place, lambda: -1) for place in places] == [0, 1, 2, 3, 4]


def test_a_thousand_sets_of_facts_leave_no_more_than_the_bound() -> None:
    decided = DecidedFacts[int](most=10)

    for n in range(1_000):
        assert decided.get((n,), partial(int, n)) == n
        assert len(decided) <= 10
    assert decided.get((999,), lambda: -1) == 999


def test_no_word_of_the_facts_is_kept() -> None:
    decided = DecidedFacts[bool]()
    decided.get(SEX, lambda: True)

    kept = repr([getattr(decided, name) for name in vars(decided)])

    assert "thai" not in kept
    assert "Gi" not in kept


def test_two_processes_give_the_same_facts_another_digest() -> None:
    one, other = DecidedFacts[bool](), DecidedFacts[bool]()
    for decided in (one, other):
        decided.get(SEX, lambda: True)

    assert one._kept.keys() != other._kept.keys()
