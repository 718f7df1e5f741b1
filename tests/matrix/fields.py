"""AZ-08: every field that an answer may have, by route. A new one is added on purpose."""

from typing import Final

NOT_FOR_PATIENTS: Final = (
    "actor attempts author changeN citizenId contentHash createdBy filedUnder hash hidden"
    " identifiers keyThumbprint madeBy numberHash provider providerId reason restriction staff"
    " visibleFrom"
)
"""What staff may see, or nobody: other numbers of a person, who did what, how a row is kept."""

FIELDS: Final[dict[str, str]] = {
    "GET /health/ready": "database fastStore",
    "GET /hospital/deliveries": (
        "acceptedAt channel deliveredAt deliveries items kind nextCursor notification"
        " senderId sentAt status"
    ),
    "POST /hospital/events": "eventId outcome",
    "POST /support/v1/deliveries/{delivery}/resend": "channel delivery reference",
    "POST /support/v1/messages/search": (
        "acceptedAt address at birthYear channel citizenId code confirmed contact"
        " deliveredAt deliveries delivery dueAt en expiresAt facility inWords items kind"
        " masked message name notification patient phones plannedAt readAt reason"
        " reasonInWords reference secondsToDelivered secondsToSent sentAt source status"
        " timeline toldBy vi what wrong"
    ),
    "POST /support/v1/patients/search": (
        "birthYear citizenId confirmed contact items kind masked name patient phones wrong"
    ),
    "DELETE /support/v1/patients/{patient}/contacts/{contact}/wrong": (
        "confirmed contact stopped wrong"
    ),
    "POST /support/v1/patients/{patient}/contacts/{contact}/wrong": (
        "confirmed contact stopped wrong"
    ),
    "GET /support/v1/patients/{patient}/messages": (
        "acceptedAt address at channel code deliveredAt deliveries delivery dueAt en"
        " expiresAt facility inWords items kind nextCursor notification plannedAt readAt"
        " reason reasonInWords reference secondsToDelivered secondsToSent sentAt source"
        " status timeline toldBy vi what"
    ),
    "POST /support/v1/sign-in": "expiresIn token",
    "GET /v1/me/devices": (
        "createdAt current getsPush id items model name nextCursor platform seenAt"
    ),
    "GET /v1/me/notifications": (
        "counter createdAt id items kind nextCursor readAt startsAt subject ticket"
    ),
    "GET /v1/patients/{patient}": "birthDate id language name sex",
    "GET /v1/patients/{patient}/appointments": (
        "endsAt facility id instructions items nextCursor startsAt status what where"
    ),
    "GET /v1/patients/{patient}/appointments/{appointment}": (
        "endsAt facility id instructions startsAt status what where"
    ),
    "GET /v1/patients/{patient}/medicines": (
        "dosage facility id instructions items name nextCursor prescribedAt scheduled status"
    ),
    "GET /v1/patients/{patient}/medicines/schedule": (
        "amount asWritten at date dosage items medicine medicineId time"
    ),
    "GET /v1/patients/{patient}/observations": (
        "absentReason comparator components high id interpretation interpretationText items"
        " low measuredAt name nextCursor note referenceRange status text unit value"
    ),
    "GET /v1/patients/{patient}/results": (
        "conclusion facility id issuedAt items nextCursor status testName"
    ),
    "GET /v1/patients/{patient}/results/{result}": (
        "absentReason comparator components conclusion facility high id interpretation"
        " interpretationText issuedAt low measuredAt name note observations referenceRange"
        " status testName text unit value"
    ),
    "POST /v1/sign-in/codes": "challengeId expiresAt resendAfter",
    "POST /v1/sign-in/refresh": "accessToken expiresIn level refreshToken tokenType",
    "POST /v1/sign-in/sessions": "accessToken expiresIn level refreshToken tokenType",
}
