"""The errors of Twilio, in Twilio's words."""

from aiohttp import web

from backend.sandbox.provider.forms import json_answer, retry_after

_SAID = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    21211: (400, "Invalid 'To' Phone Number: {to}"),
    21408: (400, "Permission to send an SMS has not been enabled for the region of {to}"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21609: (400, "The 'StatusCallback' URL is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21612: (400, "Message cannot be sent with the current combination of 'To' and 'From'"),
    21614: (400, "To number: {to}, is not a mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
}


def twilio_error(code: int, to: str = "", headers: dict[str, str] | None = None) -> web.Response:
    status, message = _SAID[code]
    body = {
        "code": code,
        "message": message.format(to=to),
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return json_answer(body, status, headers)


def not_authenticated() -> web.Response:
    return twilio_error(20003, headers={"WWW-Authenticate": 'Basic realm="Twilio API"'})


def too_many(seconds: int | None) -> web.Response:
    return twilio_error(20429, headers=retry_after(seconds))


def broken() -> web.Response:
    return twilio_error(20500)
