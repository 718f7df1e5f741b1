"""The tests keep their engines in memory only where the machine lends enough of it."""

from pathlib import Path

from tests.harness.memory import has_room


def test_a_folder_is_used_if_it_is_there_and_has_room(tmp_path: Path) -> None:
    assert has_room(tmp_path, 1)
    assert not has_room(tmp_path, 2**62)
    assert not has_room(tmp_path / "absent", 1)
