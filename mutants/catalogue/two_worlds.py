"""What lets a facility, its phones or an anonymous reader learn what others filed, or did."""

from typing import Final

from mutants.mutant import Change, Mutant

_TEST: Final = (
    "tests/alike/test_two_worlds.py::test_what_a_facility_gets_does_not_depend_on_other_facilities"
)

MUTANTS = [
    Mutant(
        name="leak_link",
        breaks="registration finds the chart that another facility has for a citizen id",
        test=_TEST,
        changes=[
            Change(
                "backend/auth/identity/blind_index.py",
                old="""\
        " JOIN patient p ON p.id = l.patient AND p.facility = s.facility ORDER BY l.patient",
""",
                new="""\
        " JOIN patient p ON p.id = l.patient AND s.facility IS NOT NULL ORDER BY l.patient",
""",
            ),
            Change(
                "backend/auth/identity/demographics.py",
                old="""\
        f"{_READ} WHERE (id, facility) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))"
""",
                new="""\
        f"{_READ} WHERE id = ANY($1) AND $2::uuid[] IS NOT NULL"
""",
            ),
        ],
    ),
    Mutant(
        name="leak_metric",
        breaks="the public status page tells when somebody has signed in anywhere",
        test=_TEST,
        changes=[
            Change(
                "backend/api/status_api.py",
                old="""\
        "SELECT upstream, name, since FROM hub_late($1, $2)", list(Lane), MESSAGES_LATE_AFTER
""",
                new="""\
        "SELECT upstream, name, since FROM hub_late($1, $2) UNION ALL SELECT 'messages',"
        " count(*)::text, max(created_at) FROM session HAVING count(*) > 0",
        list(Lane), MESSAGES_LATE_AFTER,
""",
            ),
        ],
    ),
    Mutant(
        name="leak_count_codes",
        breaks="requests for codes are counted by the citizen id alone, whatever number is typed",
        test=_TEST,
        changes=[
            Change(
                "backend/auth/sign_in/code_requests.py",
                old="""\
        LimitedKey(limit_key("codes:pair", f"{pair.counted} {own}"), rules.CODES_PER_PERSON),
""",
                new="""\
        LimitedKey(limit_key("codes:pair", f"{pair.subject[0].hex()}"), rules.CODES_PER_PERSON),
""",
            ),
        ],
    ),
    Mutant(
        name="leak_count_texts",
        breaks="texts of other facilities count as the facility's own, and it is told so",
        test=_TEST,
        changes=[
            Change(
                "backend/notifications/brakes/counts.py",
                old="""\
              SELECT b.facility = a.facility AND b.contact = a.contact AS own,
""",
                new="""\
              SELECT NOT b.bound AS own,
""",
            ),
        ],
    ),
    Mutant(
        name="leak_group",
        breaks="a notice is grouped with what another facility has told the same person",
        test=_TEST,
        changes=[
            Change(
                "backend/notifications/planning/plan_rows.py",
                old="""\
    "  WHERE n.patient = a.chart AND n.kind = ANY($4) AND n.id IS DISTINCT FROM a.besides"
""",
                new="""\
    "  WHERE n.patient IN (SELECT o.patient FROM patient_lookup l JOIN patient_lookup o"
    "   USING (kind, hash) WHERE l.patient = a.chart AND kind = 'citizen-id')"
    "  AND n.kind = ANY($4) AND n.id IS DISTINCT FROM a.besides"
""",
            ),
        ],
    ),
    Mutant(
        name="leak_cap",
        breaks="a facility is told that the cap over all facilities holds its text back",
        test=_TEST,
        changes=[
            Change(
                "backend/notifications/told.py",
                old="""\
OWN_BUDGET: Final = (FIRST_TEXTS_SPENT, PREFIX_BURST, "chart_texts_spent")
""",
                new="""\
OWN_BUDGET: Final = (FIRST_TEXTS_SPENT, PREFIX_BURST, "chart_texts_spent", "unproved_texts_spent")
""",
            ),
        ],
    ),
    Mutant(
        name="leak_cap_of_chart",
        breaks="what the cap over all holds back does not count as the facility's own text",
        test=_TEST,
        changes=[
            Change(
                "backend/notifications/brakes/counting.py",
                old="""\
        if brake is Brake.UNPROVED:
            self._spends(row)
""",
                new="""\
""",
            ),
            Change(
                "backend/notifications/brakes/booking.py",
                old="""\
    unproved = [row for row, brake in braked if brake is Brake.UNPROVED]
""",
                new="""\
    unproved: list[Row] = []
""",
            ),
        ],
    ),
]
