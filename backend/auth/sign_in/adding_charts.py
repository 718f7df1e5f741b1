"""Adds charts to a living session: by a yes to what was found, by a code, or by a slip."""

ADDED = "charts.added"
