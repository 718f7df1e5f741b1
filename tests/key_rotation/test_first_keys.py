"""The first keys: made by `hub migrate`, sealed by a master key; older data can still be read."""

import pytest

from backend.core.crypto.key_ring import NoRing, load_ring, ring_of
from backend.core.crypto.keys import current_key, keys, make_master_key, master_keys, signing_key
from backend.core.crypto.sealing import seal, seal_mark, unseal
from backend.core.database import new_id
from backend.core.settings import load_key_settings
from backend.key_rotation.ring_changes import make_first, reseal_ring
from tests.conftest import Database
from tests.harness.auth.steps import a_person, hospital_says
from tests.harness.makers import a_facility
from tests.key_rotation.conftest import Owner


async def test_a_new_hub_has_keys_that_its_master_key_only_seals(
    database: Database, keys_turn: None
) -> None:
    (master,) = master_keys().values()
    await database.owner.execute("DELETE FROM hub_key")

    await make_first(database.owner)
    await load_ring()
    await make_first(database.owner)

    assert (list(keys()), signing_key().name) == (["data1"], "signing1")
    assert len({master.secret, current_key().secret, signing_key().secret}) == 3
    for row in await database.owner.fetch("SELECT secret FROM hub_key"):
        assert row["secret"].startswith(seal_mark(master))
        assert current_key().secret not in row["secret"]


async def test_what_the_master_keys_themselves_sealed_before_can_still_be_read(
    database: Database, keys_turn: None
) -> None:
    await hospital_says(a_person(), await a_facility(database))
    await database.owner.execute("DELETE FROM hub_key")

    await make_first(database.owner)
    await load_ring()

    assert current_key() == next(iter(master_keys().values()))
    assert signing_key().secret != current_key().secret
    row = new_id()
    sealed = seal("Lan", table="patient", column="name", row=row)
    assert unseal(sealed, table="patient", column="name", row=row) == "Lan"


async def test_a_database_without_keys_is_not_worked_with(database: Database) -> None:
    with pytest.raises(NoRing):
        ring_of([])


async def test_a_new_master_key_takes_the_ring_over(
    database: Database, as_owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, ring = load_key_settings().master_keys.get_secret_value(), dict(keys())
    after = make_master_key("second")
    try:
        for text in (f"{after},{before}", after):
            monkeypatch.setenv("HUB_MASTER_KEYS", text)
            load_key_settings.cache_clear()
            changed = await as_owner(reseal_ring())
            await load_ring()
            assert (changed, dict(keys())) == (3 if text != after else 0, ring)
    finally:
        monkeypatch.undo()
        load_key_settings.cache_clear()
