"""AZ-08: every field that an answer may have, by route. A new one is added on purpose."""

from typing import Final

from tests.harness.records.everything import EVERYTHING

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
    "GET /health/ready": "database fastStore",
    "GET /hospital/deliveries": (
        "acceptedAt channel deliveries items kind nextCursor notification reason senderId status"
    ),
    "POST /hospital/events": "eventId outcome remarks",
    "GET /hospital/messages": (
        "dialect id items kind nextCursor notices outcome reason receivedAt senderId status toDo"
    ),
    "GET /hospital/messages/{message}": (
        "dialect id kind notices outcome reason receivedAt senderId status toDo"
    ),
    "POST /support/v1/audit/search": (
        "actor actorKind at byCaregiver byProof items nextCursor patient result staffName times "
        "what why"
    ),
    "POST /support/v1/cards": (
        "appReaches birthDate birthYear citizenId contact kind masked name nameHint patient "
        "phones sex warnings wrong"
    ),
    "POST /support/v1/lost-phones/search": "facility items patient reportedAt reportedBy until",
    "POST /support/v1/messages/search": (
        "acceptedAt appReaches birthYear citizenId contact en inWords items kind masked message "
        "name notification patient phones reason reasonInWords status vi wrong"
    ),
    "POST /support/v1/patients/search": (
        "appReaches birthYear citizenId contact items kind masked name patient phones wrong"
    ),
    "GET /support/v1/patients/{patient}/caregivers": (
        "beginsAt caregiver endsAt id items kind name opens reviewAt scope"
    ),
    "POST /support/v1/patients/{patient}/caregivers": "id",
    "POST /support/v1/patients/{patient}/contacts/{contact}/code": (
        "challengeId contact expiresAt step"
    ),
    "POST /support/v1/patients/{patient}/contacts/{contact}/confirm": (
        "challengeId contact expiresAt step"
    ),
    "DELETE /support/v1/patients/{patient}/contacts/{contact}/decision": (
        "challengeId contact expiresAt step"
    ),
    "POST /support/v1/patients/{patient}/contacts/{contact}/decline": (
        "challengeId contact expiresAt step"
    ),
    "DELETE /support/v1/patients/{patient}/contacts/{contact}/wrong": "contact wrong",
    "POST /support/v1/patients/{patient}/contacts/{contact}/wrong": "contact wrong",
    "GET /support/v1/patients/{patient}/merges": "items mergedAt name patient side",
    "GET /support/v1/patients/{patient}/messages": (
        "acceptedAt en inWords items kind leftOut nextCursor notification reason reasonInWords "
        "status vi"
    ),
    "POST /support/v1/patients/{patient}/numbers": "challengeId contact expiresAt step",
    "GET /support/v1/patients/{patient}/slips": "createdAt expiresAt items madeBy proof slip tries",
    "POST /support/v1/patients/{patient}/slips": (
        "activationCode expiresAt facility name proof qr slip"
    ),
    "GET /support/v1/quarantine": "items message nextCursor reason receivedAt toDo waitsSeconds",
    "POST /support/v1/quarantine/{message}/versions": (
        "birthDate charts name numbers patient sex stated system value"
    ),
    "POST /support/v1/sign-in": "expiresIn token",
    "GET /support/v1/tasks": (
        "actor actorKind at createdAt disputed en facility inWords items kind leftOut name "
        "nextCursor patient result staffName subject task vi what why words"
    ),
    "GET /v1/me/cared-for": (
        "beginsAt byCharts endsAt id items kind name nextCursor opens patient reviewAt scope"
    ),
    "POST /v1/me/cared-for": "id patients",
    "GET /v1/me/caregivers": (
        "beginsAt chart endsAt id items kind name nextCursor opens reviewAt scope"
    ),
    "GET /v1/me/caregivers/invitations": "charts endsAt expiresAt id items nextCursor scope",
    "POST /v1/me/caregivers/invitations": "charts endsAt expiresAt id invitationCode scope",
    "GET /v1/me/charts": (
        "facility id items level name proof reachedAt sex state steppedUpUntil yearOfBirth "
        "yesTakesCode"
    ),
    "POST /v1/me/charts": (
        "accessToken challengeId expiresAt expiresIn facility level name opened refreshToken "
        "resendAfter session tokenType"
    ),
    "POST /v1/me/charts/vneid/begin": "authorizationUrl expiresAt requestId state",
    "POST /v1/me/charts/vneid/callback": "opened",
    "GET /v1/me/devices": (
        "createdAt current getsPush id items model name nextCursor platform seenAt"
    ),
    "GET /v1/me/dose-hours": "afternoon chart evening items morning noon own strongerSignInNeeded",
    "PUT /v1/me/dose-hours": "afternoon chart evening items morning noon own strongerSignInNeeded",
    "PUT /v1/me/doses/{dose}": "at state",
    "GET /v1/me/notifications": (
        "chart counter createdAt facility id items kind nextCursor readAt startsAt subject ticket"
    ),
    "GET /v1/me/phones": (
        "bound byHospital chart id items nextCursor number state strongerSignInNeeded usableFrom"
    ),
    "POST /v1/me/phones": "challengeId expiresAt phone resendAfter",
    "POST /v1/me/phones/{contact}/accept": "bound byHospital chart id number state usableFrom",
    "POST /v1/me/phones/{contact}/codes": "challengeId expiresAt phone resendAfter",
    "POST /v1/me/phones/{contact}/decline": "bound byHospital chart id number state usableFrom",
    "GET /v1/me/sessions": (
        "chart charts createdAt current device how id items level model name nextCursor platform "
        "since steppedUpUntil usedAt waiting"
    ),
    "POST /v1/me/sessions/current/approval": "expiresAt number",
    "POST /v1/me/step-up": "charts steppedUpUntil",
    "POST /v1/me/step-up/codes": "challengeId expiresAt resendAfter",
    "GET /v1/patients/{patient}": (
        "birthDate charts facility id language name sex strongerSignInNeeded"
    ),
    "GET /v1/patients/{patient}/access-log": (
        "at chart code device disputed facility id items kind lastAt name network nextCursor "
        "openedAt reference result role state strongerSignInNeeded times what where who why"
    ),
    "POST /v1/patients/{patient}/access-log/{line}/dispute": "openedAt state",
    "GET /v1/patients/{patient}/allergies": (
        "asOf asserter categories criticality description exposureRoute facility id items known "
        "lastOccurrence leftOut manifestations name nextCursor noneKnown noneKnownOf note onset "
        "people reactions recordedAt recorder severity status strongerSignInNeeded substance type "
        "verification"
    ),
    "GET /v1/patients/{patient}/allergies/{row}": (
        "asOf asserter categories criticality description exposureRoute facility id "
        "lastOccurrence manifestations name noneKnown noneKnownOf note onset people reactions "
        "recordedAt recorder severity status substance type verification"
    ),
    "GET /v1/patients/{patient}/appointments": (
        "appointmentType asOf cancellationReason endsAt facility id instructions items leftOut "
        "locations name nextCursor note participants people reasons role serviceTypes specialties "
        "startsAt status strongerSignInNeeded what where"
    ),
    "GET /v1/patients/{patient}/appointments/{appointment}": (
        "appointmentType asOf cancellationReason endsAt facility id instructions locations name "
        "note participants people reasons role serviceTypes specialties startsAt status what "
        "where"
    ),
    "GET /v1/patients/{patient}/changes": (
        "abated absentCode absentReason activities addresses admittedFrom age answeredAt answers "
        "appliesTo appointmentType asOf asserter begins bodySite bodySites cancellationReason "
        "categories category caution code comparator complications components conclusion "
        "conclusionCodes conditions contributedToDeath correctedAt createdAt criticality "
        "dailyAmount data daysSupply description descriptions destination device devices "
        "diagnoses dimensions discharge dischargedTo doNotPerform dosage dosageInWords dose "
        "doseNumber en ended ends endsAt events evidence expires exposureRoute facility "
        "facilityKind factor files followUp given goals gone handedOut handedOutAt high howOften "
        "id images inWords instructions intent interpretations issuedAt items kind lastOccurrence "
        "leftOut level locations lot low lowerLimit maker manifestations measuredAt mediaType "
        "method missing modalities more name nextCursor noneKnown noneKnownOf note observations "
        "occurred onset orderComplete orderDetails orderedAt origin others outcome outcomes "
        "participants people performed period plannedFor practiceSetting preparedAt prescribedAt "
        "prescriptionCode priority products progress protocols quantity question questions "
        "reactions reasons record recordedAt recorder referenceRanges relation repeats replacedBy "
        "replacedFrom requester role route scheduled scheduledUntil series seriesDoses "
        "serviceType serviceTypes severity shown site size specialties specimen specimens stage "
        "stages started startsAt statedAt status statusReason statusReasons strongerSignInNeeded "
        "subpotent substance substituted substitution substitutionReasons targets testName text "
        "title type unit unitAsSent upperLimit vaccine value valueAsSent verification vi "
        "visitClass what where whyNot whyUnknown written"
    ),
    "GET /v1/patients/{patient}/conditions": (
        "abated asOf asserter bodySites categories evidence facility id items kind leftOut name "
        "nextCursor note onset people recordedAt recorder severity stage stages status "
        "strongerSignInNeeded verification"
    ),
    "GET /v1/patients/{patient}/conditions/{row}": (
        "abated asOf asserter bodySites categories evidence facility id kind name note onset "
        "people recordedAt recorder severity stage stages status verification"
    ),
    "GET /v1/patients/{patient}/documents": (
        "asOf begins categories createdAt ends events facility facilityKind files id items kind "
        "leftOut mediaType nextCursor note people practiceSetting shown size status "
        "strongerSignInNeeded title whyNot written"
    ),
    "GET /v1/patients/{patient}/documents/{row}": (
        "asOf begins categories createdAt ends events facility facilityKind files id kind "
        "mediaType note people practiceSetting shown size status title whyNot written"
    ),
    "GET /v1/patients/{patient}/immunisations": (
        "asOf dose doseNumber expires facility id items leftOut lot maker nextCursor note "
        "occurred people protocols reactions reasons route series seriesDoses site status "
        "statusReason strongerSignInNeeded subpotent targets vaccine where"
    ),
    "GET /v1/patients/{patient}/immunisations/{row}": (
        "asOf dose doseNumber expires facility id lot maker note occurred people protocols "
        "reactions reasons route series seriesDoses site status statusReason subpotent targets "
        "vaccine where"
    ),
    "GET /v1/patients/{patient}/medicines": (
        "asOf caution doNotPerform dosage dosageInWords en facility id instructions intent items "
        "leftOut name nextCursor prescribedAt prescriptionCode quantity reasons repeats "
        "replacedBy replacedFrom requester scheduled status statusReason strongerSignInNeeded vi"
    ),
    "GET /v1/patients/{patient}/medicines/schedule": (
        "amount asWritten at date dosage dosageInWords en id items kind leftOut meal medicine "
        "medicineId note part state strongerSignInNeeded time vi zone"
    ),
    "GET /v1/patients/{patient}/observations": (
        "absentCode absentReason age appliesTo asOf bodySite code comparator components "
        "correctedAt data device dimensions facility factor high id interpretations items kind "
        "leftOut low lowerLimit measuredAt method name nextCursor note origin people period "
        "referenceRanges series specimen status strongerSignInNeeded text unit unitAsSent "
        "upperLimit value valueAsSent"
    ),
    "GET /v1/patients/{patient}/observations/{row}/trend": (
        "age appliesTo asOf at code comparator complete component correctedAt facility high id "
        "interpretations kind low measuredAt name note points referenceRanges series shape "
        "status strongerSignInNeeded text unit unitAsSent value"
    ),
    "GET /v1/patients/{patient}/results": (
        "asOf category conclusion conclusionCodes correctedAt facility files id issuedAt items "
        "leftOut measuredAt mediaType missing nextCursor orderComplete people shown size "
        "specimens status strongerSignInNeeded testName title whyNot"
    ),
    "GET /v1/patients/{patient}/results/{result}": (
        "absentCode absentReason age appliesTo asOf bodySite category code comparator components "
        "conclusion conclusionCodes correctedAt data device dimensions facility factor files high "
        "id interpretations issuedAt kind low lowerLimit measuredAt mediaType method missing name "
        "note observations orderComplete origin people period referenceRanges series shown size "
        "specimen specimens status testName text title unit unitAsSent upperLimit value "
        "valueAsSent whyNot"
    ),
    "GET /v1/patients/{patient}/timeline": (
        "abated absentCode absentReason activities addresses admittedFrom age answeredAt answers "
        "appliesTo appointmentType asOf asserter at begins bodySite bodySites cancellationReason "
        "categories category caution code comparator complications components conclusion "
        "conclusionCodes conditions contributedToDeath correctedAt createdAt criticality "
        "dailyAmount data daysSupply description descriptions destination device devices "
        "diagnoses dimensions discharge dischargedTo doNotPerform dosage dosageInWords dose "
        "doseNumber en ended ends endsAt events evidence expires exposureRoute facility "
        "facilityKind factor files followUp given goals handedOut handedOutAt high howOften id "
        "images inWords instructions intent interpretations issuedAt items kind lastOccurrence "
        "leftOut level locations lot low lowerLimit maker manifestations measuredAt mediaType "
        "method missing modalities name nextCursor noneKnown noneKnownOf note occurred onset "
        "orderComplete orderDetails orderedAt origin others outcome outcomes participants people "
        "performed period plannedFor practiceSetting preparedAt prescribedAt prescriptionCode "
        "priority products progress protocols quantity question questions reactions reasons "
        "record recordedAt recorder referenceRanges relation repeats replacedBy replacedFrom "
        "requester role route scheduled scheduledUntil series seriesDoses serviceType "
        "serviceTypes severity shown site size specialties specimen specimens stage stages "
        "started startsAt statedAt status statusReason statusReasons strongerSignInNeeded "
        "subpotent substance substituted substitution substitutionReasons targets testName text "
        "title type unit unitAsSent upperLimit vaccine value valueAsSent verification vi "
        "visitClass what where whyNot whyUnknown written"
    ),
    "GET /v1/patients/{patient}/visits": (
        "admittedFrom asOf diagnoses discharge dischargedTo endsAt facility id items kind leftOut "
        "locations name nextCursor note participants people priority reasons role serviceType "
        "startsAt status strongerSignInNeeded visitClass"
    ),
    "GET /v1/patients/{patient}/visits/{row}": (
        "admittedFrom asOf diagnoses discharge dischargedTo endsAt facility id kind locations "
        "name note participants people priority reasons role serviceType startsAt status "
        "visitClass"
    ),
    "POST /v1/printed-summaries/checks": "printedAt sha256 validUntil",
    "POST /v1/sign-in/activations": "accessToken expiresIn level refreshToken tokenType",
    "POST /v1/sign-in/codes": "challengeId expiresAt resendAfter",
    "GET /v1/sign-in/methods": "kind methods path",
    "POST /v1/sign-in/refresh": "accessToken expiresIn level refreshToken tokenType",
    "POST /v1/sign-in/sessions": "accessToken expiresIn level refreshToken tokenType",
    "GET /v1/sign-in/vneid": "authorizationUrl expiresAt requestId state",
    "POST /v1/sign-in/vneid/callback": "accessToken expiresIn level refreshToken tokenType",
    "GET /v1/status": "items name since state text upstream",
}
