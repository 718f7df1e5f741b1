"""What the desk added to the database's own rules. The body of `m0050_desk_rules`."""

INDEXES = """
CREATE UNIQUE INDEX desk_task_open_once ON desk_task (kind, subject) WHERE done_at IS NULL;
"""
"""One thing is one open task, however many ask for it at once."""

RIGHTS = """
GRANT SELECT (id, result) ON audit_event TO hub_api;
"""
"""Auditors read how an act ended; from where it came stays with whoever runs the hub."""
