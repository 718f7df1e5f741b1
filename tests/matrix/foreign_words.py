"""What B's key may say of a person whose chart at A it does not know."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from backend.sandbox.demo.story_bundles import registration, visit
from tests.harness.intake.hospital import an_hour_ago, without_message_id
from tests.matrix.foreign import AT_B, LAN, Scene

Said = Callable[[Scene], Awaitable[Any]]


def _registers(**changes: Any) -> Said:
    async def says(scene: Scene) -> Any:
        bundle = registration(AT_B)
        bundle["entry"][0]["resource"] |= changes
        return await scene.b.posts(without_message_id(bundle))

    return says


async def _states_as_phone(scene: Scene) -> Any:
    return await scene.b.posts(without_message_id(registration(replace(AT_B, mobile=LAN.mobile))))


async def _says_as_own_number(scene: Scene) -> Any:
    """Name A's chart by A's own number."""
    stolen = replace(AT_B, hospital_number=LAN.hospital_number)
    return await scene.b.posts(without_message_id(registration(stolen)))


async def _replaces_the_citizen_id(scene: Scene) -> Any:
    bundle = registration(replace(AT_B, citizen_id="079185999999"))
    person = bundle["entry"][0]["resource"]
    person["identifier"].append(
        {"system": "urn:vn:citizen-id", "value": LAN.citizen_id, "use": "old"}
    )
    return await scene.b.posts(without_message_id(bundle))


async def _sends_results(scene: Scene) -> Any:
    return await scene.b.posts(without_message_id(visit(AT_B, an_hour_ago())))


async def _calls(scene: Scene) -> Any:
    return await scene.b.says(
        {"eventId": "q1", "type": "queue.called", "patient": {"citizenId": LAN.citizen_id},
         "ticket": "7", "counter": "1"}
    )  # fmt: skip


async def _merges(scene: Scene) -> Any:
    bundle = registration(replace(AT_B, hospital_number="XX8", citizen_id="079185000029"))
    person = bundle["entry"][0]["resource"]
    person["identifier"] = person["identifier"][1:]
    person["link"] = [
        {"type": "replaced-by", "other": {"identifier": {
            "system": "urn:bvmau:patient", "value": AT_B.hospital_number,
        }}}
    ]  # fmt: skip
    person["active"] = False
    return await scene.b.posts(without_message_id(bundle))


OF_KEY: Final[dict[str, Said]] = {
    "another name": _registers(name=[{"text": "Tên Khác Hẳn"}]),
    "another birth date": _registers(birthDate="1985-03-13"),
    "another sex": _registers(gender="male"),
    "a death": _registers(deceasedBoolean=True),
    "not active": _registers(active=False),
    "the number of A as phone": _states_as_phone,
    "the number of A as own": _says_as_own_number,
    "another citizen id": _replaces_the_citizen_id,
    "results": _sends_results,
    "a call": _calls,
    "a merge": _merges,
}
