"""The story leads through files that are there, in an order in which each one leads to the next.

Checked for each chapter: every file after its first is imported directly by a file before it.
"""

import re

import grimp
import pytest

from tests.docs.tree import ROOT, read

STORY = "docs/the_story.md"
STEP = re.compile(r"^\d+\. \[`([\w/]+\.py)`\]\(\.\./backend/\1\): \S.+$", re.MULTILINE)
NUMBERED = re.compile(r"^\d+\. ", re.MULTILINE)


def chapters() -> dict[str, list[str]]:
    parts = re.split(r"^#{2,3} ", read(STORY), flags=re.MULTILINE)
    steps = {part.partition("\n")[0]: STEP.findall(part) for part in parts}
    return {title: files for title, files in steps.items() if files}


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("backend", cache_dir=None)


def module(file: str) -> str:
    return "backend." + file.removesuffix(".py").replace("/", ".")


def test_every_step_is_a_file_that_is_there_with_a_sentence() -> None:
    text = read(STORY)

    assert len(STEP.findall(text)) == len(NUMBERED.findall(text))
    assert [f for f in STEP.findall(text) if not (ROOT / "backend" / f).is_file()] == []


def test_there_are_three_lines_and_each_begins_at_a_door_or_a_process() -> None:
    firsts = [files[0] for files in chapters().values()]

    assert len(re.findall(r"^## \d", read(STORY), re.MULTILINE)) == 3
    assert [first for first in firsts if not first.endswith(("_api.py", "worker.py"))] == []


@pytest.mark.parametrize("chapter", chapters())
def test_each_file_leads_to_the_next(chapter: str, imports: grimp.ImportGraph) -> None:
    files = chapters()[chapter]

    astray = [
        file
        for n, file in enumerate(files[1:], start=1)
        if not any(
            imports.direct_import_exists(importer=module(before), imported=module(file))
            for before in files[:n]
        )
    ]

    assert astray == []
