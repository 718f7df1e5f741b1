"""Reads FHIR QuestionnaireResponse: each question with its answers, in the order of the form."""

from collections.abc import Iterator
from typing import Any, Final

from backend.core.i18n import LocalText
from backend.intake.fhir.model.datatypes import Resource, amount_of, first_of, one_of
from backend.intake.fhir.model.names import called, narrative_instead
from backend.intake.fhir.resources.participants import (
    PRIVATE,
    all_names,
    references_in,
)
from backend.intake.fhir.resources.security_labels import is_never_shown
from backend.intake.fhir.resources.shared_content import ReadContent, Reader
from backend.records.views.further_views import AnswerView, FilledFormView, QuestionView
from backend.records.views.kind_views import UNFILED
from backend.records.wording.numbers import number_text

_STATUS: Final = frozenset({"in-progress", "completed", "amended", "entered-in-error", "stopped"})
_YES_OR_NO: Final = {True: LocalText("Có", "Yes"), False: LocalText("Không", "No")}
_A_FILE: Final = LocalText("Một tệp: hãy hỏi bệnh viện", "A file: ask the hospital")


def filled_form(resource: Resource, path: str) -> ReadContent:
    """Read what was asked and answered, as it was sent."""
    view = FilledFormView(
        **UNFILED,
        status=one_of(resource, "status", _STATUS, path),
        note=narrative_instead(resource) or None,
        title=_title(resource),
        answered_at=resource.get("authored"),
        questions=list(_questions(resource.get("item", []), resource, ())),
    )
    return ReadContent(
        view=view,
        happened=resource.get("authored"),
        named=[
            all_names(
                "people", *references_in(resource, "author"), *references_in(resource, "source")
            )
        ],
    )


def _title(resource: Resource) -> str | None:
    """Give the title of the Questionnaire that is contained: no address is one."""
    form = _contained(resource, str(resource.get("questionnaire", "")))
    return first_of(form.get("title"), form.get("name")) if form else None


def _questions(
    items: list[Resource], form: Resource, above: tuple[str, ...]
) -> Iterator[QuestionView]:
    """Give each question, and then those below it and below its answers.

    What no patient may be told is left out with all that stands below it, as in a measurement.
    """
    for item in items:
        answers = item.get("answer", [])
        if is_never_shown({"code": _about(item, answers, above)}):
            continue
        words = item.get("text", "")
        said = [told for told in (_answer(answer, form) for answer in answers) if told]
        if words or said:
            yield QuestionView(level=len(above), question=words or None, answers=said)
        below = [*item.get("item", []), *(inner for part in answers
                                          for inner in part.get("item", []))]  # fmt: skip
        yield from _questions(below, form, (*above, words))


def _about(item: Resource, answers: list[Resource], above: tuple[str, ...]) -> list[Resource]:
    """Give what a question is about: its words, with each heading above it, and answers' codes."""
    codings = [answer["valueCoding"] for answer in answers if "valueCoding" in answer]
    words = item.get("text", "")
    return [{"text": words, "coding": codings}, *({"text": f"{words} {one}"} for one in above)]


def _answer(answer: Resource, form: Resource) -> AnswerView | None:
    """Write an answer; one that the hub has no words for says nothing of its own."""
    name, value = next(
        ((name, value) for name, value in answer.items() if name.startswith("value")), ("", None)
    )
    words: LocalText | None = None
    text: str | None = None
    match name, value:
        case "valueBoolean", bool():
            words = _YES_OR_NO[value]
        case "valueAttachment", dict():
            text = value.get("title")
            words = None if text else _A_FILE
        case "valueCoding", dict():
            text = first_of(value.get("display"), value.get("code"))
        case "valueQuantity", dict():
            text = amount_of(value)
        case "valueReference", dict():
            text = _referred_to(value, form)
        case _, str():
            text = value
        case _, None:
            pass
        case _:
            text = number_text(value)
    if words is not None:
        return AnswerView(text=words.vi, in_words=words)
    return AnswerView(text=text, in_words=None) if text else None


def _referred_to(reference: Resource, form: Resource) -> str | None:
    """Give what is referred to by its name, but for the patient and their relatives."""
    address = str(reference.get("reference", ""))
    held = _contained(form, address)
    kinds = {reference.get("type"), held.get("resourceType"), *address.split("/")}
    if kinds & PRIVATE:
        return None
    return first_of(reference.get("display"), called(held) if held else None)


def _contained(form: Resource, address: str) -> Resource:
    held: list[Any] = form.get("contained", [])
    return next((part for part in held if address == f"#{part.get('id')}"), {})


READERS: Final[dict[str, Reader]] = {"QuestionnaireResponse": filled_form}
