"""The misbehaviour of the providers: a test sets it, and each send uses one up."""

from typing import Annotated, Literal, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType, structs

Mode = Literal["ok", "accept_then_drop", "drop_before_accept", "accept_then_500", "429", "slow"]
PushToken = Annotated[str, Meta(max_length=4096)]


class Mood(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    mode: Mode = "ok"
    delay_ms: Annotated[int, Meta(ge=0, le=600_000)] = 0
    """Of "slow": how long the answer is held back after the message was accepted."""
    retry_after: Annotated[int, Meta(ge=0, le=86_400)] | None = None
    """Of "429": seconds in the Retry-After header; none, no header."""
    times: Annotated[int, Meta(ge=1)] | None = None
    """For so many sends, then "ok" again; none, until changed."""


class TwilioMood(Mood, frozen=True):
    receipts: bool = True
    """Whether status callbacks are posted: without them a worker in doubt has to list."""


class FcmMood(Mood, frozen=True):
    dead_tokens: Annotated[tuple[PushToken, ...], Meta(max_length=1000)] = ()
    """Registration tokens of phones that removed the app."""


class Moods(Struct, frozen=True):
    twilio: TwilioMood = TwilioMood()
    fcm: FcmMood = FcmMood()


class BehaviourChange(Struct, frozen=True, forbid_unknown_fields=True):
    """A change for each named provider; the others stay as they are."""

    twilio: TwilioMood | UnsetType = UNSET
    fcm: FcmMood | UnsetType = UNSET


class Behaviour:
    def __init__(self) -> None:
        self.moods = Moods()

    def change(self, change: BehaviourChange) -> None:
        self.moods = Moods(
            twilio=self.moods.twilio if change.twilio is UNSET else change.twilio,
            fcm=self.moods.fcm if change.fcm is UNSET else change.fcm,
        )

    def twilio_now(self) -> TwilioMood:
        """Give the mood for this send, and count it."""
        mood = self.moods.twilio
        self.moods = structs.replace(self.moods, twilio=_one_less(mood))
        return mood

    def fcm_now(self) -> FcmMood:
        mood = self.moods.fcm
        self.moods = structs.replace(self.moods, fcm=_one_less(mood))
        return mood


AnyMood = TypeVar("AnyMood", bound=Mood)


def _one_less(mood: AnyMood) -> AnyMood:
    match mood.times:
        case None:
            return mood
        case 1:
            return structs.replace(mood, mode="ok", times=None)
        case times:
            return structs.replace(mood, times=times - 1)
