"""Patients are refused in their language; hospitals and staff in the one of docs/errors.md."""

import re

import pytest
from httpx import AsyncClient

from backend.core.http.problem_titles_vi import TITLES_VI
from tests.harness.tree import hub_errors

NOT_OF_PATIENTS = (
    "backend.api.arriving_body.BodyNotPacked",
    "backend.api.large_bodies",
    "backend.core.preconditions",
    "backend.support",
    "backend.intake",
    "backend.key_rotation",
    "backend.core.crypto.key_ring",
    "backend.records.filing.filing",
    "backend.records.filing.known_records",
    "backend.records.lifecycle.merge",
    "backend.records.filing.references",
    "backend.records.lifecycle.release",
    "backend.records.lifecycle.release_policies",
    "backend.auth.facilities.facilities",
    "backend.auth.facilities.facility_keys",
    "backend.auth.facilities.suspension",
    "backend.auth.registration.patients",
    "backend.auth.registration.merge_check",
    "backend.auth.registration.cancelled_identifiers",
    "backend.auth.registration.which_chart",
    "backend.auth.identity.number_systems",
    "backend.auth.sessions.lost_phone",
    "backend.auth.sessions.slip_rise",
    "backend.notifications.delivery.provider_api",
    "backend.schema.migrate",
)
"""Where errors stand that only hospitals, staff, providers or commands meet."""


def test_every_refusal_a_patient_may_meet_has_vietnamese_words_and_no_other() -> None:
    met = {
        each.code
        for each in hub_errors()
        if "code" in vars(each)
        and not f"{each.__module__}.{each.__name__}".startswith(NOT_OF_PATIENTS)
    }

    assert set(TITLES_VI) == met


@pytest.mark.parametrize("said", TITLES_VI.values())
def test_each_is_a_whole_sentence(said: str) -> None:
    assert re.fullmatch(r"[A-ZĐỞ].*[.]", said)


@pytest.mark.parametrize(
    ("accepted", "language", "title"),
    [
        (None, "vi", "Hãy đăng nhập rồi thử lại."),
        ("vi-VN,vi;q=0.9,en;q=0.8", "vi", "Hãy đăng nhập rồi thử lại."),
        ("en", "en", "Sign in, then try again."),
    ],
)
async def test_a_patient_is_refused_in_the_language_they_ask_for(
    client: AsyncClient, accepted: str | None, language: str, title: str
) -> None:
    answer = await client.get(
        "/v1/patients/me/results", headers={"Accept-Language": accepted} if accepted else {}
    )

    assert (answer.status_code, answer.json()["title"]) == (401, title)
    assert answer.headers["content-language"] == language
    assert answer.headers["vary"] == "Accept-Language"


async def test_a_hospital_reads_the_words_of_the_list(client: AsyncClient) -> None:
    answer = await client.get("/hospital/deliveries", headers={"Accept-Language": "vi"})

    assert answer.json()["title"] == "The facility key is missing, wrong, revoked or expired."
    assert "vary" not in answer.headers
