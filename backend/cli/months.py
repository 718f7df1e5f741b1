"""`hub months`: shows the months of what grows: what is there, what would go, and why it stays."""

import typer

STAYS = {
    "": "goes with the next turn of a worker",
    "kept": "is kept",
    "silent": "stays: last month nothing was written; is the clock right?",
    "waiting": "stays: a message waits in quarantine",
    "unfinished": "stays: a delivery of then is still open",
    "unsealed": "stays: a row is not sealed",
    "mixed": "stays: a row of a later month was sealed before its end",
    "last": "stays: the chain ends with it",
}
"""What the database says of a month, in words."""
LISTED = """
SELECT m.table_name, to_char(m.month, 'YYYY-MM') AS month, m.part::text,
       pg_size_pretty(pg_total_relation_size(m.part)) AS size,
       hub_hindrance(m.table_name, m.month, m.part) AS hindrance
  FROM hub_months() m ORDER BY m.table_name, m.month
"""


def show_months() -> None:
    """List each month with its size and what becomes of it; changes nothing (as the owner).

    Exits 1 when this month or the next has no partition.
    """
    from backend.cli.context import with_owner  # noqa: PLC0415  # keeps every command's start short
    from backend.core.database import fetch  # noqa: PLC0415  # the same

    async def look() -> bool:
        for row in await fetch(LISTED):
            said = STAYS[row["hindrance"]]
            typer.echo(f"{row['table_name']:<16}{row['month']}  {row['size']:>10}  {said}")
        lacking = False
        for table, missing, outside in await fetch("SELECT * FROM hub_month_state()"):
            lacking = lacking or missing > 0
            if missing or outside:
                typer.echo(f"{table}: {missing} missing, {outside} rows of no month", err=True)
        return lacking

    raise typer.Exit(1 if with_owner(look) else 0)
