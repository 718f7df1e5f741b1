"""AZ-08: every field that an answer may have, by route. A new one is added on purpose."""

from typing import Final

from tests.harness.records.everything import EVERYTHING
from tests.matrix.readings import ALONE, LISTS

NOT_FOR_PATIENTS: Final = (
    "actor attempts author changeN citizenId contentHash createdBy filedUnder hash hidden"
    " identifiers keyThumbprint madeBy numberHash provider providerId reason restriction staff"
    " visibleFrom"
)
"""What staff may see, or nobody: other numbers of a person, who did what, how a row is kept."""


def _fields(*said: str) -> str:
    return " ".join(sorted({name for each in said for name in each.split()}))


_OF_ALL_KINDS: Final = [kind.fields for kind in EVERYTHING.values()]

FIELDS: Final[dict[str, str]] = {
    **{
        name: _fields(
            EVERYTHING[kind.table].fields, "items leftOut nextCursor strongerSignInNeeded"
        )
        for name, kind in LISTS.items()
    },
    **{name: _fields(EVERYTHING[kind.table].fields) for name, kind in ALONE.items()},
    "GET /v1/patients/{patient}/timeline": _fields(
        *_OF_ALL_KINDS, "at items leftOut nextCursor record strongerSignInNeeded"
    ),
    "GET /v1/patients/{patient}/changes": _fields(
        *_OF_ALL_KINDS,
        "gone items leftOut more nextCursor observations record strongerSignInNeeded",
    ),
    "GET /health/ready": "database fastStore",
    "GET /hospital/deliveries": (
        "acceptedAt channel deliveredAt deliveries items kind nextCursor notification"
        " senderId sentAt status"
    ),
    "POST /hospital/events": "eventId outcome",
    "POST /support/v1/audit/search": (
        "actor actorKind at items nextCursor patient result staffName times what why"
    ),
    "POST /support/v1/cards": (
        "birthDate birthYear citizenId confirmed contact kind masked name nameHint patient"
        " phones sex state warnings wrong"
    ),
    "POST /support/v1/deliveries/{delivery}/resend": "channel delivery reference",
    "POST /support/v1/messages/search": (
        "acceptedAt address at birthYear channel citizenId code confirmed contact"
        " deliveredAt deliveries delivery dueAt en expiresAt facility inWords items kind"
        " masked message name notification patient phones plannedAt readAt reason"
        " reasonInWords reference secondsToDelivered secondsToSent sentAt source state"
        " status timeline toldBy vi what wrong"
    ),
    "POST /support/v1/patients/search": (
        "birthYear citizenId confirmed contact items kind masked name patient phones state wrong"
    ),
    "GET /support/v1/patients/{patient}/caregivers": (
        "beginsAt caregiver endsAt id items kind name opens reviewAt scope"
    ),
    "POST /support/v1/patients/{patient}/caregivers": "id",
    "POST /support/v1/patients/{patient}/contacts/{contact}/confirm": "contact state usableFrom",
    "DELETE /support/v1/patients/{patient}/contacts/{contact}/decision": "contact state usableFrom",
    "POST /support/v1/patients/{patient}/contacts/{contact}/decline": "contact state usableFrom",
    "DELETE /support/v1/patients/{patient}/contacts/{contact}/wrong": (
        "confirmed contact stopped wrong"
    ),
    "POST /support/v1/patients/{patient}/contacts/{contact}/wrong": (
        "confirmed contact stopped wrong"
    ),
    "GET /support/v1/patients/{patient}/messages": (
        "acceptedAt address at channel code deliveredAt deliveries delivery dueAt en"
        " expiresAt facility inWords items kind leftOut nextCursor notification plannedAt"
        " readAt reason reasonInWords reference secondsToDelivered secondsToSent sentAt"
        " source status timeline toldBy vi what"
    ),
    "GET /support/v1/patients/{patient}/slips": "createdAt expiresAt items madeBy proof slip tries",
    "POST /support/v1/patients/{patient}/slips": (
        "activationCode expiresAt facility name proof qr slip"
    ),
    "POST /support/v1/sign-in": "expiresIn token",
    "GET /support/v1/tasks": (
        "actor actorKind at createdAt disputed en facility inWords items kind leftOut name"
        " nextCursor patient result staffName subject task vi what why words"
    ),
    "GET /v1/status": "items name since state text upstream",
    "GET /v1/patients/{patient}/access-log": (
        "at chart code device disputed facility id items kind lastAt name network nextCursor"
        " openedAt reference result role state strongerSignInNeeded times what where who why"
    ),
    "POST /v1/patients/{patient}/access-log/{line}/dispute": "openedAt state",
    "GET /v1/me/cared-for": (
        "beginsAt byCharts endsAt id items kind name nextCursor opens patient reviewAt scope"
    ),
    "POST /v1/me/cared-for": "id patients",
    "GET /v1/me/caregivers": (
        "beginsAt chart endsAt id items kind name nextCursor opens reviewAt scope"
    ),
    "GET /v1/me/caregivers/invitations": "charts endsAt expiresAt id items nextCursor scope",
    "POST /v1/me/caregivers/invitations": "charts endsAt expiresAt id invitationCode scope",
    "GET /v1/me/devices": (
        "createdAt current getsPush id items model name nextCursor platform seenAt"
    ),
    "GET /v1/me/notifications": (
        "chart counter createdAt facility id items kind nextCursor readAt startsAt subject ticket"
    ),
    "GET /v1/me/phones": "byHospital id items nextCursor number state usableFrom",
    "POST /v1/me/phones": "challengeId expiresAt phone resendAfter",
    "POST /v1/me/phones/{contact}/accept": "byHospital id number state usableFrom",
    "POST /v1/me/phones/{contact}/codes": "challengeId expiresAt phone resendAfter",
    "POST /v1/me/phones/{contact}/decline": "byHospital id number state usableFrom",
    "GET /v1/me/charts": (
        "facility id items level name proof reachedAt sex state steppedUpUntil yearOfBirth"
        " yesTakesCode"
    ),
    "POST /v1/me/charts": (
        "accessToken challengeId expiresAt expiresIn facility level name opened refreshToken"
        " resendAfter session tokenType"
    ),
    "GET /v1/me/sessions": (
        "chart charts createdAt current device how id items level model name nextCursor platform"
        " since steppedUpUntil usedAt waiting"
    ),
    "POST /v1/me/sessions/current/approval": "expiresAt number",
    "POST /v1/me/step-up": "steppedUpUntil",
    "POST /v1/me/step-up/codes": "challengeId expiresAt resendAfter",
    "GET /v1/patients/{patient}": (
        "birthDate charts facility id language name sex strongerSignInNeeded"
    ),
    "GET /v1/patients/{patient}/appointments": (
        "asOf endsAt facility id instructions items leftOut nextCursor startsAt status"
        " strongerSignInNeeded what where"
    ),
    "GET /v1/patients/{patient}/appointments/{appointment}": (
        "asOf endsAt facility id instructions startsAt status what where"
    ),
    "GET /v1/patients/{patient}/medicines": (
        "asOf dosage facility id instructions items leftOut name nextCursor prescribedAt"
        " replacedBy replacedFrom scheduled status strongerSignInNeeded"
    ),
    "GET /v1/patients/{patient}/medicines/schedule": (
        "amount asWritten at date dosage id items kind leftOut meal medicine medicineId"
        " note part state strongerSignInNeeded time zone"
    ),
    "PUT /v1/me/doses/{dose}": "at state",
    "GET /v1/me/dose-hours": (
        "afternoon chart evening items morning noon own strongerSignInNeeded"
    ),
    "PUT /v1/me/dose-hours": (
        "afternoon chart evening items morning noon own strongerSignInNeeded"
    ),
    "GET /v1/patients/{patient}/results": (
        "asOf category conclusion correctedAt facility files id issuedAt items leftOut"
        " mediaType nextCursor orderComplete people shown size status strongerSignInNeeded"
        " testName title whyNot"
    ),
    "GET /v1/patients/{patient}/results/{result}": (
        "absentReason age appliesTo asOf bodySite category code comparator components"
        " conclusion correctedAt data dimensions facility factor files high id"
        " interpretations issuedAt kind low lowerLimit measuredAt mediaType method name note"
        " observations orderComplete origin people period referenceRanges series shown size"
        " specimen status testName text title unit upperLimit value whyNot"
    ),
    "POST /v1/printed-summaries/checks": "printedAt sha256 validUntil",
    "POST /v1/sign-in/activations": "accessToken expiresIn level refreshToken tokenType",
    "POST /v1/sign-in/codes": "challengeId expiresAt resendAfter",
    "GET /v1/sign-in/methods": "kind methods path",
    "POST /v1/sign-in/refresh": "accessToken expiresIn level refreshToken tokenType",
    "POST /v1/sign-in/sessions": "accessToken expiresIn level refreshToken tokenType",
    "GET /v1/sign-in/vneid": "authorizationUrl expiresAt requestId state",
    "POST /v1/sign-in/vneid/callback": "accessToken expiresIn level refreshToken tokenType",
    "GET /hospital/messages": (
        "dialect id items nextCursor outcome reason receivedAt senderId toDo"
    ),
    "GET /hospital/messages/{message}": ("dialect id outcome reason receivedAt senderId toDo"),
    "GET /v1/patients/{patient}/allergies": (
        "asOf categories criticality facility id items known leftOut manifestations name"
        " nextCursor noneKnown noneKnownOf note onset people reactions recordedAt severity"
        " status strongerSignInNeeded substance type verification"
    ),
    "GET /v1/patients/{patient}/allergies/{row}": (
        "asOf categories criticality facility id manifestations name noneKnown noneKnownOf"
        " note onset people reactions recordedAt severity status substance type verification"
    ),
    "GET /v1/patients/{patient}/observations/{row}/trend": (
        "age appliesTo asOf at code comparator complete component correctedAt facility high"
        " id interpretations kind low measuredAt name note points referenceRanges series"
        " shape status strongerSignInNeeded text unit value"
    ),
}
