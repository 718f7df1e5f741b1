"""Bundles as other servers hand them out, and the references inside them as R4 says."""

import json
from typing import Any

import pytest
from httpx import AsyncClient

from backend.auth.facilities.facilities import NotABase, set_base_url
from backend.sandbox.demo.story_bundles import LAN, Resource, encoded, registration
from tests.conftest import Database
from tests.harness.auth.steps import sign_in
from tests.harness.intake.hospital import Hospital
from tests.harness.intake.named import DAY, HERS, bundle, measured, number, post, put, said, stored

ROOT = "https://his.example.vn/fhir"
OWN_BASES = ["http://127.0.0.1:8000/fhir/R4", ROOT]


def entry(resource: Resource, url: str, method: str = "POST") -> Resource:
    kind, own = resource["resourceType"], resource.get("id", "")
    address = f"{kind}/{own}" if method == "PUT" else kind
    return {"fullUrl": url, "resource": resource, "request": {"method": method, "url": address}}


def transaction(*entries: Resource, kind: str = "transaction") -> Resource:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def patient(**more: Any) -> Resource:
    own: Resource = registration(LAN)["entry"][0]["resource"]
    return {name: value for name, value in own.items() if name != "id"} | more


@pytest.mark.parametrize("kind", ["transaction", "batch", "message", "collection", "document"])
@pytest.mark.parametrize("of", ["Observation", "Practitioner"])
async def test_one_full_url_twice_refuses_a_bundle(
    hospital: Hospital, database: Database, kind: str, of: str
) -> None:
    resources = {
        "Observation": [measured("Kali", 4), measured("Natri", 140)],
        "Practitioner": [
            {"resourceType": "Practitioner", "name": [{"text": name}]} for name in ("A", "B")
        ],
    }[of]
    whole = transaction(*(entry(each, "urn:uuid:1") for each in resources), kind=kind)

    answer = await hospital.posts(whole)

    told = answer.json()
    statuses = [each["response"]["status"][:3] for each in told.get("entry", [])]
    assert (answer.status_code, statuses) in [(422, []), (200, ["422", "422"])]
    assert await stored(database) == []


async def test_of_several_versions_the_newest_counts(
    hospital: Hospital, database: Database
) -> None:
    versions = [measured("Kali", float(n), id="x", meta={"versionId": str(n)}) for n in (9, 11, 10)]
    whole = transaction(*(entry(each, f"{ROOT}/Observation/x") for each in versions))

    answer = await hospital.posts(whole | {"type": "collection"})

    assert answer.status_code == 200, answer.text
    assert sum("older version" in words for words in said(answer)) == 2
    assert await stored(database) == [("Kali", 11)]


async def test_a_history_is_read_the_newest_first_and_deletes_nothing(
    hospital: Hospital, database: Database
) -> None:
    states = [{"fullUrl": f"{ROOT}/Observation/x", "resource": measured("Kali", value, id="x")}
              for value in (4.3, 4.2, 4.1)]  # fmt: skip
    gone = {"request": {"method": "DELETE", "url": "Observation/y"}}

    answer = await hospital.posts(transaction(gone, *states, kind="history"))

    assert answer.status_code == 200, answer.text
    assert any("DELETE changes nothing" in words for words in said(answer))
    assert await stored(database) == [("Kali", 4.3)]


WAYS = {
    "relative, the id in the resource": (patient(id="p"), f"{ROOT}/Patient/p", "Patient/p"),
    "relative, the id in fullUrl": (patient(), f"{ROOT}/Patient/p", "Patient/p"),
    "absolute": (patient(), f"{ROOT}/Patient/p", f"{ROOT}/Patient/p"),
    "absolute, of a version": (patient(), f"{ROOT}/Patient/p", f"{ROOT}/Patient/p/_history/1"),
    "relative, of a version": (patient(), f"{ROOT}/Patient/p", "Patient/p/_history/1"),
    "by a name that is no address": (patient(), "urn:uuid:7", "urn:uuid:7"),
}


@pytest.mark.parametrize("way", WAYS)
async def test_a_reference_inside_a_bundle_is_followed(hospital: Hospital, way: str) -> None:
    whom, url, reference = WAYS[way]
    found = measured("Hb", 130, subject={"reference": reference})

    answer = await hospital.posts(
        transaction(entry(whom, url), entry(found, f"{ROOT}/Observation/o"))
    )

    assert answer.status_code == 200, answer.text


async def test_a_relative_reference_belongs_to_the_server_of_its_entry(
    hospital: Hospital, database: Database
) -> None:
    """Two servers have an Observation 1; each report shows its own."""
    entries = []
    for server, value in (("https://a.example/fhir", 1), ("https://b.example/fhir", 2)):
        report = {"resourceType": "DiagnosticReport", "status": "final", "subject": HERS,
                  "code": {"text": server}, "result": [{"reference": "Observation/1"}]}  # fmt: skip
        entries += [
            entry(measured("K", value), f"{server}/Observation/1"),
            entry(report, f"{server}/DiagnosticReport/1"),
        ]

    answer = await hospital.posts(transaction(*entries))

    assert answer.status_code == 200, answer.text
    bodies = [json.loads(r["body"]) for r in await database.owner.fetch("SELECT body FROM result")]
    shown = {each["testName"]: each["observations"][0]["value"] for each in bodies}
    assert shown == {"https://a.example/fhir": 1, "https://b.example/fhir": 2}


async def test_a_reference_by_an_id_that_two_entries_have_is_not_guessed(
    hospital: Hospital, database: Database
) -> None:
    report = {"resourceType": "DiagnosticReport", "status": "final", "subject": HERS,
              "code": {"text": "Máu"}, "result": [{"reference": "Observation/1"}]}  # fmt: skip
    two = [entry(measured("K", n, id="1"), f"urn:uuid:{n}") for n in (1, 2)]

    answer = await hospital.posts(transaction(*two, entry(report, "urn:uuid:3")))

    assert answer.status_code == 422
    assert await stored(database) == []


@pytest.mark.parametrize("base", OWN_BASES)
async def test_an_absolute_reference_to_an_own_base_is_to_an_own_record(
    hospital: Hospital, database: Database, base: str
) -> None:
    await set_base_url(hospital.facility, f"{ROOT}/")
    await put(hospital, patient(id="lan"))
    whom = {"reference": f"{base}/Patient/lan"}

    later = await hospital.posts(bundle(measured("Hb", 130, subject=whom)))
    versioned = {"reference": f"{base}/Patient/lan/_history/3"}
    again = await hospital.posts(bundle(measured("Na", 140, subject=versioned)))

    assert (later.status_code, again.status_code) == (200, 200), later.text
    assert len(await stored(database)) == 2


async def test_an_address_elsewhere_is_nobody_here(hospital: Hospital) -> None:
    await put(hospital, patient(id="lan"))
    whom = {"reference": "https://elsewhere.example/fhir/Patient/lan"}

    answer = await hospital.posts(bundle(measured("Hb", 130, subject=whom)))

    assert answer.status_code == 422


@pytest.mark.parametrize(
    "url", ["ftp://his.example/fhir", "https://", "https://u@his.example", "https://a.vn/?x=1", "x"]
)
async def test_what_is_no_base_address_is_refused(hospital: Hospital, url: str) -> None:
    with pytest.raises(NotABase):
        await set_base_url(hospital.facility, url)


@pytest.mark.parametrize(
    "address", ["/Observation", "Observation/", "http://127.0.0.1:8000/fhir/R4/Observation"]
)
async def test_an_address_in_a_request_may_begin_at_the_root(
    hospital: Hospital, address: str
) -> None:
    whole = bundle(measured("Hb", 130))
    whole["entry"][0]["request"]["url"] = address

    assert (await hospital.posts(whole)).status_code == 200


async def test_the_id_of_a_posted_patient_names_nobody_later_and_that_is_said(
    hospital: Hospital,
) -> None:
    await post(hospital, patient(id="pat-1"))

    answer = await hospital.posts(bundle(measured("Hb", 1, subject={"reference": "Patient/pat-1"})))

    assert answer.status_code == 422
    assert "hub facility ids" in answer.json()["issue"][0]["diagnostics"]


PAPER: Resource = {
    "resourceType": "Composition", "status": "final", "type": {"text": "Giấy ra viện"},
    "date": DAY, "author": [{"display": "Khoa Nội"}], "title": "Giấy ra viện", "subject": HERS,
    "section": [
        {"title": "Dặn dò", "text": {"status": "generated", "div":
         '<div xmlns="http://www.w3.org/1999/xhtml"><p>Tái khám &lt; 2 tuần</p>'
         '<script>alert(1)</script><table><tr><td>Kali</td><td>4,1</td></tr></table></div>'},
         "section": [{"title": "Ăn uống", "text": {"status": "generated", "div":
          '<div xmlns="http://www.w3.org/1999/xhtml">Ít muối<br/>Nhiều rau</div>'}}]},
    ],
}  # fmt: skip
WORDS = "Dặn dò\nTái khám < 2 tuần\nKali | 4,1\n\nĂn uống\nÍt muối\nNhiều rau"


def document(*resources: Resource, of: str = "paper-1") -> Resource:
    return {
        "resourceType": "Bundle", "type": "document", "timestamp": DAY,
        "identifier": {"system": "urn:test:paper", "value": of},
        "entry": [{"fullUrl": f"urn:uuid:{n}", "resource": each}
                  for n, each in enumerate(resources)],
    }  # fmt: skip


async def test_a_document_is_a_record_with_its_own_text(
    hospital: Hospital, client: AsyncClient, database: Database
) -> None:
    answer = await hospital.posts(document(PAPER | {"id": "c1"}, measured("Kali", 4.1)))
    assert answer.status_code == 200, answer.text

    lan = await sign_in(client, database, LAN.citizen_id)
    listed = (await client.get("/v1/patients/me/documents", headers=lan.bearer)).json()["items"]
    file = await client.get(
        f"/v1/patients/me/documents/{listed[0]['id']}/content", headers=lan.bearer
    )

    assert [(each["title"], each["people"]) for each in listed] == [("Giấy ra viện", ["Khoa Nội"])]
    assert file.headers["content-type"].startswith("text/plain")
    assert file.text == WORDS
    assert await stored(database) == [("Kali", 4.1)]


async def test_a_document_sent_again_is_the_same_and_a_newer_one_takes_its_place(
    hospital: Hospital, database: Database
) -> None:
    await hospital.posts(document(PAPER | {"id": "c1"}))
    await hospital.posts(document(PAPER | {"id": "c1", "title": "Giấy mới"}, of="paper-2"))
    other = {"resourceType": "DocumentReference", "id": "c1", "status": "current",
             "subject": HERS, "content": [{"attachment": {"title": "Khác"}}]}  # fmt: skip
    await put(hospital, other)

    bodies = [
        json.loads(r["body"]) for r in await database.owner.fetch("SELECT body FROM document")
    ]
    assert sorted(each["title"] for each in bodies) == ["Giấy mới", "Khác"]


async def test_the_hub_takes_its_own_summary_back(
    hospital: Hospital, client: AsyncClient, database: Database
) -> None:
    await hospital.posts(bundle(measured("Kali", 4.1, number("K"))))
    lan = await sign_in(client, database, LAN.citizen_id)
    summary = await client.get("/v1/patients/me/summary", headers=lan.bearer)
    assert summary.status_code == 200

    answer = await hospital.posts(encoded(summary.json()))

    assert answer.status_code == 200, answer.text
    titles = [json.loads(r["body"])["title"]
              for r in await database.owner.fetch("SELECT body FROM document")]  # fmt: skip
    assert len(titles) == 1
