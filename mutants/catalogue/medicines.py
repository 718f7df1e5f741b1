"""What breaks how medicines are said, and what keeps a patient from taking what is no order."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="dosage_half_amount",
        breaks="an amount is said although nobody understands when it is taken",
        test="tests/intake/fhir/test_coded_dosage.py::test_no_amount_is_said_beside_what_nobody_understands",
        changes=[
            Change(
                "backend/intake/fhir/dosage/dosage_words.py",
                old="""\
    unsure = any(piece.words is None and piece.decides for piece in pieces)
""",
                new="""\
    unsure = False
""",
            ),
        ],
    ),
    Mutant(
        name="dosage_contradiction",
        breaks="codes that contradict the doctor's text stand below it as if both held",
        test="tests/intake/fhir/test_coded_dosage.py::test_codes_that_say_another_thing_than_the_text_are_not_said",
        changes=[
            Change(
                "backend/intake/fhir/dosage/dosage_words.py",
                old="""\
    if says_otherwise(pieces, dosage, text):
""",
                new="""\
    if False:
""",
            ),
        ],
    ),
    Mutant(
        name="alarm_of_an_uncertain_dose",
        breaks="a dose is reminded of although nobody understands all that decides about it",
        test="tests/intake/fhir/test_dosage_contradictions.py::test_what_is_not_understood_reminds_nobody",
        changes=[
            Change(
                "backend/intake/fhir/dosage/dosage_words.py",
                old="""\
    known = all(piece.words is not None or not piece.decides for piece in pieces)
""",
                new="""\
    known = True
""",
            ),
        ],
    ),
    Mutant(
        name="a_week_read_as_a_day",
        breaks="a text that counts by the week stands beside codes that count by the day",
        test="tests/intake/fhir/test_dosage_contradictions.py::test_a_text_and_codes_that_count_otherwise_contradict",
        changes=[
            Change(
                "backend/intake/fhir/dosage/pieces.py",
                old="""\
    if coded and named and not coded & named:
""",
                new="""\
    if False:
""",
            ),
        ],
    ),
    Mutant(
        name="forbidden_as_written",
        breaks="what is forbidden stands among what is prescribed now",
        test="tests/records/medication/test_not_to_take.py::test_what_is_no_order_is_said_to_be_none_and_is_not_taken",
        changes=[
            Change(
                "backend/records/medication/schedule.py",
                old="""\
        if row["status"] == "active" and row["force"] == OrderForce.ORDER
""",
                new="""\
        if row["status"] == "active"
""",
            ),
        ],
    ),
    Mutant(
        name="forbidden_alarms",
        breaks="what is forbidden or only proposed has doses",
        test="tests/records/medication/test_not_to_take.py::test_what_is_no_order_is_said_to_be_none_and_is_not_taken",
        changes=[
            Change(
                "backend/intake/fhir/resources/requests.py",
                old="""\
        plan=plan_of_request(resource) if in_force and certain else None,
""",
                new="""\
        plan=plan_of_request(resource) if certain else None,
""",
            ),
        ],
    ),
    Mutant(
        name="nameless_alarms",
        breaks="a medicine without a name alarms its patient",
        test="tests/records/medication/test_not_to_take.py::test_a_medicine_without_a_name_alarms_nobody_and_shows_its_dosage",
        changes=[
            Change(
                "backend/records/medication/schedule.py",
                old="""\
        if not row["plan"] or not row["name"] or row["id"] in too_long:
""",
                new="""\
        if not row["plan"] or row["id"] in too_long:
""",
            ),
        ],
    ),
    Mutant(
        name="proposal_replaces",
        breaks="a proposal ends the prescription that it would replace",
        test="tests/records/medication/test_not_to_take.py::test_a_proposal_does_not_end_the_order_that_it_would_replace",
        changes=[
            Change(
                "backend/records/filing/replaced_prescriptions.py",
                old="""\
        " AND NOT hidden AND status <> ALL ($4) AND force <> 'proposed'"
""",
                new="""\
        " AND NOT hidden AND status <> ALL ($4)"
""",
            ),
        ],
    ),
    Mutant(
        name="forbidden_order_waits",
        breaks="a result waits for an order not to do something",
        test="tests/intake/pipeline/test_orders.py::test_nothing_waits_for_what_is_no_order",
        changes=[
            Change(
                "backend/records/filing/orders.py",
                old="""\
    called_off = order["force"] != OrderForce.ORDER
""",
                new="""\
    called_off = False
""",
            ),
        ],
    ),
    Mutant(
        name="prescription_code_guessed",
        breaks="any identifier is shown as the code of the prescription",
        test="tests/intake/fhir/test_prescription_code.py::test_what_only_looks_like_one_is_none",
        changes=[
            Change(
                "backend/intake/fhir/resources/prescription_code.py",
                old="""\
            if _is_declared(identifier) and _CODE.fullmatch(identifier.get("value", ""))
""",
                new="""\
            if _CODE.fullmatch(identifier.get("value", ""))
""",
            ),
        ],
    ),
]
