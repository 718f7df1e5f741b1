"""A file says what cannot be masked in it: restricted classes hold for documents and files too."""

from typing import Any
from unicodedata import normalize

import pytest
from httpx import AsyncClient

from backend.core.crypto.sealing import unseal_bytes
from backend.records.filing.files import place_of_piece
from tests.conftest import Database
from tests.harness.auth.steps import Tokens
from tests.harness.intake.documents import content, letter, listed
from tests.harness.intake.files import PLAIN_PDF, PNG, TEXT, attached
from tests.harness.intake.hospital import Hospital
from tests.harness.intake.other_kinds import concept, sent
from tests.harness.intake.reports import measurement, report

RESTRICTED: dict[str, Any] = {
    "hiv": {"type": concept("Kết quả HIV")},
    "psychiatric": {"custodian": {"display": "Khoa Tâm thần"}},
    "restricted": {"securityLabel": [concept("", "R")]},
    "abortion": {"category": [{"coding": [{"code": "O04.9"}]}]},
}


@pytest.mark.parametrize("name", RESTRICTED)
async def test_restricted_classes_hold_for_documents(
    database: Database, hospital: Hospital, name: str
) -> None:
    await hospital.posts(sent(letter(attached(PLAIN_PDF), **RESTRICTED[name])))

    assert await database.owner.fetchval("SELECT restriction FROM document") == name


async def test_the_file_of_a_pregnancy_cannot_be_masked_and_is_not_shown(
    database: Database, client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    words = "Siêu âm thai 20 tuần. Giới tính thai nhi: Nam\n".encode()
    files = (attached(PLAIN_PDF), attached(words, "text/plain"))
    await hospital.posts(sent(letter(*files, type=concept("Phiếu siêu âm thai"))))

    answer = await hospital.posts(
        sent(measurement(valueInteger=1), report(code=concept("Siêu âm thai"),
                                                 presentedForm=[attached(PNG, "image/png")]))
    )  # fmt: skip

    (document,), (result,) = await listed(client, lan), await listed(client, lan, "results")
    assert [each["whyNot"] for each in document["files"]] == ["withheld", None]
    assert [each["whyNot"] for each in result["files"]] == ["withheld"]
    text = (await content(client, lan, document["id"], 1)).text
    assert (text.startswith("Siêu âm thai 20 tuần"), "Nam" in text) == (True, False)
    assert (await content(client, lan, document["id"])).status_code == 404
    assert "not shown" in answer.text
    (kept,) = await database.owner.fetch("SELECT file, piece, is_last, body FROM document_content")
    place = place_of_piece(kept["file"], kept["piece"], is_last=kept["is_last"])
    stored = unseal_bytes(kept["body"], place).decode()
    assert (stored.startswith("Siêu âm thai 20 tuần"), "Nam" in stored) == (True, False)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
async def test_a_text_is_masked_in_every_spelling_and_else_stays_as_it_came(
    client: AsyncClient, hospital: Hospital, lan: Tokens, form: Any
) -> None:
    words = normalize(form, "Giới\u00a0tính  thai :\tnam\r\nTim thai  đều")
    harmless = normalize(form, "Tim thai  đều\u00a0")
    files = [attached(text.encode(), "text/plain") for text in (words, harmless)]
    await hospital.posts(sent(letter(*files)))

    (document,) = await listed(client, lan)
    masked = (await content(client, lan, document["id"])).content.decode()
    assert masked == "Giới\u00a0tính  thai :\t[…]\r\nTim thai  đều"
    assert (await content(client, lan, document["id"], 1)).content == harmless.encode()


async def test_a_document_that_tells_the_sex_of_a_fetus_is_shown_to_nobody(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await hospital.posts(sent(letter(attached(TEXT, "text/plain"), type=concept("Giới tính thai"))))

    assert await listed(client, lan) == []
