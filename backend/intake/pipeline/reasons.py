"""Why a message waits for a human, and what its sender can do about that."""

from enum import StrEnum
from typing import Final

OWN_NUMBERS: Final = "own_numbers"
OTHER_DETAILS: Final = "other_details"
NOT_ONE_PERSON: Final = "not_one_person"
WAITS_WITH: Final = "waits_with"
REFUSED_BY_DESK: Final = "refused_by_desk"
"""The desk of the facility said that it is not to be taken in; its words stand beside it."""


class WhyRefused(StrEnum):
    """Why a person at the facility's desk refused a message that waited: its sender hears this."""

    OTHER_PERSON = "other_person"
    WRONG_NUMBER = "wrong_number"
    SENT_TWICE = "sent_twice"


IN_WORDS: Final = {
    OWN_NUMBERS: (
        "waits for a person: its numbers lead to two of your charts, or to a chart with another"
        " citizen id"
    ),
    OTHER_DETAILS: (
        "waits for a person: its number is a chart's with another birth date or sex, and it has no"
        " other number"
    ),
    NOT_ONE_PERSON: "waits for a person: you described the two patients of this merge as two",
    WAITS_WITH: "waits: an earlier message about the same number waits for a person",
}
"""In the answer to the message."""

TO_DO: Final = {
    OWN_NUMBERS: (
        "The patient number and the citizen id of this message were given to different people"
        " before. Correct the one that is wrong and send the registration again, or let your desk"
        " say which chart is meant. If the citizen id is a new one, send the old one beside it with"
        " `use: old`."
    ),
    OTHER_DETAILS: (
        "You gave the only number of this message to somebody with another birth date or sex. Send"
        " it with the patient's own number, or let `hub facility numbers` say what the numbers of"
        " this system are, or let your desk say which chart is meant."
    ),
    NOT_ONE_PERSON: (
        "The two patients of this merge have different birth dates, sexes or citizen ids. Correct"
        " what is wrong, and send the merge again."
    ),
    WAITS_WITH: "Settle the earlier message about the same number. This one follows it then.",
    WhyRefused.OTHER_PERSON: (
        "Your desk says that this message is about another patient. Correct it and send it again,"
        " with another id."
    ),
    WhyRefused.WRONG_NUMBER: (
        "Your desk says that a number of this message is wrong. Correct it and send it again, with"
        " another id."
    ),
    WhyRefused.SENT_TWICE: "Your desk says that you sent the same in another message. Do nothing.",
}
"""What to do, by reason: of messages that wait, and of those that the desk refused."""
