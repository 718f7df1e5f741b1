"""Whatever is written down about a patient can be said in both languages, with no content."""

import re

import pytest

from backend.auth.rules import RecordClass
from backend.core.alarms import AlarmKind
from backend.core.i18n import Language
from backend.records.access_log.descriptions import ACTIONS, ROLES, UNKNOWN, describe
from backend.support.rules import Action, Role
from tests.harness.records.audit_actions_in_code import (
    ENDS,
    TAKES_A_WORD,
    words_in_code,
    writers_in_code,
)
from tests.harness.tree import files, read

OF_NO_PATIENT = {
    "facility.added", "facility.watched", "facility.release", "facility.dose_hours",
    "facility.key_made", "facility.discreet", "facility.not_discreet",
    "facility.base_set", "facility.ids_stable", "facility.ids_not_stable",
    "facility.numbers_declared", "facility.numbers_undeclared",
    "facility.key_replaced",
    "facility.key_revoked", "facility.key_refused", "receipt.forged",
    "support.staff_added", "support.staff_disabled", "support.staff_reset", "support.sign_in",
    "support.readings",
    Action.SIGN_OUT.value,
    *AlarmKind,
}  # fmt: skip
"""Acts that are about nobody's record."""


def test_every_word_the_code_writes_has_its_sentence() -> None:
    told = words_in_code()

    unsaid = {word: where for word, where in told.items() if word not in ACTIONS}

    assert {word: unsaid[word] for word in unsaid if word not in OF_NO_PATIENT} == {}
    assert len(told) > 80


def test_every_function_that_takes_a_word_is_met_in_the_code() -> None:
    assert writers_in_code() == TAKES_A_WORD


@pytest.mark.parametrize("words", [RecordClass, Action])
def test_every_class_of_records_and_every_act_of_staff_has_its_sentence(
    words: type[RecordClass] | type[Action],
) -> None:
    assert {each.value for each in words} <= ACTIONS.keys() | OF_NO_PATIENT


def test_the_ends_of_words_are_those_of_the_code() -> None:
    code = "".join(read(name) for name in files(".py") if name.startswith("backend/"))

    assert set(re.findall(r'dialect="(\w+)"', code)) == set(ENDS["intake."])
    assert set(re.findall(r'\("(\w+)", change\)', code)) == set(ENDS["citizen_id."])


def test_every_role_has_its_name() -> None:
    assert set(ROLES) == set(Role)


@pytest.mark.parametrize("deed", [*ACTIONS.values(), UNKNOWN], ids=[*ACTIONS, "unknown"])
def test_a_sentence_is_one_in_both_languages_whether_it_was_done_or_refused(deed: object) -> None:
    said = {
        describe(deed, "X", language, done=done)  # type: ignore[arg-type]  # ids hide its type
        for language in Language
        for done in (True, False)
    }

    assert len(said) == 4
    for each in said:
        assert re.fullmatch(r"X [^.{}]+\.", each)
