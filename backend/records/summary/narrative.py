"""Writes the FHIR narrative of a summary as XHTML: text and tables only."""

from collections.abc import Sequence
from html import escape
from typing import Any


def text_of(sentences: Sequence[str], head: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    """Write a FHIR Narrative: sentences, and a table if there are rows."""
    said = "".join(f"<p>{_escaped(sentence)}</p>" for sentence in sentences)
    table = ""
    if rows:
        top = "".join(f"<th>{_escaped(title)}</th>" for title in head)
        body = "".join(
            f"<tr>{''.join(f'<td>{_escaped(cell)}</td>' for cell in row)}</tr>" for row in rows
        )
        table = f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{said}{table}</div>'
    return {"status": "generated", "div": div}


def _escaped(text: str) -> str:
    return escape(text).replace("\n", "<br/>")
