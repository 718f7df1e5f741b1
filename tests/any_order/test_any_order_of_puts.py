"""A Bundle that is split into single PUTs ends as the Bundle does, whatever comes first.

`pytest tests/any_order --orders 200`: that many random orders, each of a Bundle of its own.
"""

from random import Random  # noqa: TID251  # nothing here is a secret
from typing import Any

from httpx import AsyncClient

from tests.any_order.ends import read_by_app, rows_of, told
from tests.any_order.invented import Resource, everything, patient, some_of_it
from tests.any_order.sending import posts, puts
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, a_hospital

CITIZEN_IDS = ("079185000011", "079185000029")


def differences(left: Any, right: Any, path: str = "") -> list[str]:
    """Name each place at which two ends differ, with both."""
    if isinstance(left, dict) and isinstance(right, dict):
        names = sorted(left.keys() | right.keys())
        return [
            found
            for name in names
            for found in differences(left.get(name), right.get(name), f"{path}/{name}")
        ]
    return [] if left == right else [f"{path}: {left!r} != {right!r}"]


async def end_of(
    database: Database, client: AsyncClient, hospital: Hospital, said: list[Resource],
    citizen_id: str,
) -> dict[str, Any]:  # fmt: skip
    rows, ids = await rows_of(database, hospital.facility, said)
    return {
        **rows,
        "told": await told(database, hospital.facility, ids),
        **await read_by_app(client, database, citizen_id, ids),
    }


async def test_single_puts_in_any_order_end_as_their_bundle_does(
    database: Database, client: AsyncClient, seed: int
) -> None:
    dice = Random(seed)  # noqa: S311  # not a secret
    said = some_of_it(dice)
    whole = await a_hospital(database, client, "BV A")
    split = await a_hospital(database, client, "BV A")
    await posts(whole, [patient(CITIZEN_IDS[0]), *said])
    await puts(split, patient(CITIZEN_IDS[1]))
    for one in dice.sample(said, k=len(said)):
        await puts(split, one)

    left = await end_of(database, client, whole, said, CITIZEN_IDS[0])
    right = await end_of(database, client, split, said, CITIZEN_IDS[1])

    assert differences(left, right) == []
    waits = await database.owner.fetch(
        "SELECT facility, kind, names, blanks FROM awaiting ORDER BY facility, names, blanks"
    )
    mine = [row["kind"] for row in waits if row["facility"] == whole.facility]
    assert sorted(mine) == sorted(row["kind"] for row in waits if row["facility"] == split.facility)


async def test_the_invented_record_says_what_the_orders_are_about(
    database: Database, client: AsyncClient
) -> None:
    """An order of records that show nothing of each other would prove nothing."""
    hospital, said = await a_hospital(database, client), everything()
    await posts(hospital, [patient(), *said])

    rows, _ = await rows_of(database, hospital.facility, said)

    assert rows["Appointment/t1"]["body"]["where"] == "Phòng 3, tầng 2"
    assert rows["Appointment/t1"]["body"]["people"] == ["BS. Lê Minh", "Khám tổng quát"]
    assert rows["DiagnosticReport/k1"]["body"]["people"] == ["BS. Lê Minh", "BS. Ngô Hà"]
    assert rows["DiagnosticReport/k1"]["observation_keys"] == [
        "Observation/n3", "Observation/o1", "Observation/o2", "Observation/o6",
    ]  # fmt: skip
    assert [file["shown"] for file in rows["DiagnosticReport/k1"]["body"]["files"]] == [True]
    assert rows["DiagnosticReport/k3"]["restriction"] == "hiv"
    assert rows["Observation/o1"]["body"]["specimen"] == "Máu tĩnh mạch"
    assert (rows["Condition/c1"]["restriction"], rows["Condition/c2"]["restriction"]) == ("", "hiv")
    assert rows["MedicationRequest/x1"]["body"]["name"] == "Enalapril 5 mg"
    assert rows["MedicationRequest/x1"]["body"]["replacedBy"] is None
    assert rows["MedicationRequest/x2"]["restriction"] == "hiv"
    assert rows["MedicationStatement/y1"]["body"]["name"] == "Enalapril 5 mg"
    assert [file["whyNot"] for file in rows["DocumentReference/l2"]["body"]["files"]] == [
        "withheld", None, "withheld",
    ]  # fmt: skip
