"""The views of plans of care, families' conditions, filled-in forms, and medicines as given.

Dates are as the sender wrote them, partial where that is all that is known (FHIR dateTime).
"""

from msgspec import Struct

from backend.core.i18n import LocalText
from backend.records.views.kind_views import ShownView


class PlannedActivityView(Struct, frozen=True, rename="camel", kw_only=True):
    """One thing that a plan of care has written out in itself."""

    name: str | None
    """What is to be done."""
    status: str | None
    """FHIR's code: not-started, scheduled, in-progress, completed, cancelled, stopped, ..."""
    status_reason: str | None
    description: str | None
    """What more is said of it."""
    scheduled: str | None
    """When, in the sender's words, or from when."""
    scheduled_until: str | None
    how_often: LocalText | None
    """When, where the sender says it in codes."""
    quantity: str | None
    """How much of it."""
    daily_amount: str | None
    """How much of it in a day."""
    reasons: list[str]
    outcomes: list[str]
    """What came of it."""
    progress: str | None
    """How it goes on, each word of it in a line."""
    do_not_perform: bool
    """It is not to be done."""
    caution: LocalText | None
    """Why it is not to be done now."""


class CarePlanView(ShownView, frozen=True, rename="camel", kw_only=True):
    """A CarePlan: what a hospital means to do for a patient, and the patient for themselves."""

    title: str
    description: str | None
    intent: str
    """FHIR's code: of these, proposal and option are only thought of."""
    categories: list[str]
    """The sort of plan, as in diabetes."""
    begins: str | None
    ends: str | None
    created_at: str | None
    """When it was written down."""
    addresses: list[str]
    """What it is for: conditions, by name."""
    goals: list[str]
    """What it is to reach, by name."""
    activities: list[PlannedActivityView]
    others: list[str]
    """Orders, appointments and other records that belong to it, by the names it gives them."""
    products: list[str]
    """Medicines, food and things that are to be used."""
    locations: list[str]
    """Where it is to be done."""
    outcomes: list[str]
    """What came of it, where other records say that, by the names it gives them."""
    caution: LocalText | None
    """Why it does not count now: a draft, thought of, over."""


class RelativeConditionView(Struct, frozen=True, rename="camel", kw_only=True):
    """A condition of a relative."""

    name: str
    onset: str | None
    """When it began, or at what age."""
    outcome: str | None
    """What it led to."""
    contributed_to_death: bool | None
    note: str | None


class FamilyHistoryView(ShownView, frozen=True, rename="camel", kw_only=True):
    """A FamilyMemberHistory: what one relative has or had. Who that is by name is never shown."""

    relation: str
    """What the relative is to the patient, as in mother."""
    conditions: list[RelativeConditionView]
    recorded_at: str | None
    why_unknown: str | None
    """Why nothing is known of this relative."""
    reasons: list[str]
    """Why it was asked for."""


class AnswerView(Struct, frozen=True, rename="camel", kw_only=True):
    """One answer."""

    text: str
    """As given; yes and no stand in Vietnamese."""
    in_words: LocalText | None
    """In each language, where the words are the hub's."""


class QuestionView(Struct, frozen=True, rename="camel", kw_only=True):
    """A question or a heading of a form, with what was answered."""

    level: int
    """How many questions or headings it stands below; 0 for the outermost."""
    question: str | None
    """As it was put; none where its sender has not sent it."""
    answers: list[AnswerView]
    """Empty for a heading, and for what nobody answered."""


class FilledFormView(ShownView, frozen=True, rename="camel", kw_only=True):
    """A QuestionnaireResponse: the answers to a form, in the order of the form."""

    title: str | None
    """What the form is called, where it came with its answers."""
    answered_at: str | None
    questions: list[QuestionView]


class DispensedMedicineView(ShownView, frozen=True, rename="camel", kw_only=True):
    """A MedicationDispense: a medicine as a pharmacy hands it out. It plans no doses."""

    name: str
    handed_out: bool
    """The pharmacy says that all of it was handed out."""
    caution: LocalText | None
    """What it says instead."""
    quantity: str | None
    days_supply: str | None
    """For how long it lasts."""
    kind: str | None
    """First filling, refill, sample, ..."""
    category: str | None
    """For home, for the ward."""
    prepared_at: str | None
    handed_out_at: str | None
    dosage: str | None
    dosage_in_words: LocalText | None
    """As in a medicine."""
    status_reason: str | None
    """Why it was not handed out."""
    where: str | None
    destination: str | None
    """Where it was sent to."""
    substituted: bool | None
    """Whether another medicine than the prescribed one was handed out."""
    substitution: str | None
    """What sort of other one."""
    substitution_reasons: list[str]


class GivenMedicineView(ShownView, frozen=True, rename="camel", kw_only=True):
    """A MedicationAdministration: a medicine as it was given. It plans no doses."""

    name: str
    given: bool
    """Its sender says that all of it was given."""
    caution: LocalText | None
    """What it says instead."""
    begins: str | None
    ends: str | None
    dosage: str | None
    """How much, how fast and by which way it was given; what only codes say, in Vietnamese."""
    dosage_in_words: LocalText | None
    """As in a medicine."""
    category: str | None
    """Where it was given: in the hospital, at home."""
    status_reasons: list[str]
    """Why it was not given, or not to its end."""
    reasons: list[str]
    devices: list[str]
    """With what it was given."""
