"""Reads how a medicine is taken as text: always, whatever else may be known of it."""

from collections.abc import Sequence

from backend.intake.fhir_values import Resource, amount_of, first_of, words_of


def dosage_text(dosages: Sequence[Resource]) -> str | None:
    """Give every instruction as written; where nothing was written, what can be said for sure."""
    return "\n".join(filter(None, (_text(each) for each in dosages))) or None


def instructions_of(request: Resource) -> str | None:
    said = [
        text
        for each in request.get("dosageInstruction", [])
        for text in (
            each.get("patientInstruction"),
            *map(words_of, each.get("additionalInstruction", [])),
        )
        if text
    ]
    said += [each["text"] for each in request.get("note", []) if "text" in each]
    return "\n".join(dict.fromkeys(said)) or None


def _text(dosage: Resource) -> str | None:
    timing: Resource = dosage.get("timing", {})
    parts = dosage.get("doseAndRate", [])
    return first_of(
        dosage.get("text"), dosage.get("patientInstruction"), words_of(timing.get("code"))
    ) or amount_of(parts[0].get("doseQuantity") if parts else None)
