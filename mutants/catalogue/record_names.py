"""Mutants of how a record is known, of preconditions, and of what a body may unpack to."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="posted_id_names",
        breaks="engines that count from 1 in each message write over older results",
        test="tests/intake/keys/test_known_records.py::test_the_id_of_what_is_posted_overwrites_nothing",
        changes=[
            Change(
                "backend/intake/fhir/model/opening.py",
                old="""        holds_id=request["method"] == "PUT" and "/" in named,
""",
                new="""        holds_id=bool(said_id),
""",
            )
        ],
    ),
    Mutant(
        name="order_of_identifiers",
        breaks="another order of the same identifiers is another record",
        test="tests/records/test_record_names.py::test_more_identifiers_than_before_are_the_record_wherever_the_known_one_stands",
        changes=[
            Change(
                "backend/records/record_names.py",
                old="""    names = {identifier.name for identifier in own}
    return [
""",
                new="""    names = {identifier.name for identifier in own[:1]}
    return [
""",
            )
        ],
    ),
    Mutant(
        name="contradiction_passed_over",
        breaks="a record with another number of the same system is written over",
        test="tests/records/test_record_names.py::test_another_value_of_one_system_is_another_record",
        changes=[
            Change(
                "backend/records/record_names.py",
                old="""        system in theirs and theirs[system].isdisjoint(names) for system, names in ours.items()
""",
                new="""        system in theirs and not names for system, names in ours.items()
""",
            )
        ],
    ),
    Mutant(
        name="number_identifies",
        breaks="two results with one accession number are one",
        test="tests/intake/keys/test_known_records.py::test_a_number_that_two_entries_share_identifies_neither",
        changes=[
            Change(
                "backend/intake/fhir/model/business_keys.py",
                old="""    return inside | frozenset(token for token, times in counted.items() if times > 1)
""",
                new="""    return inside | frozenset(token for token, times in counted.items() if times > 99)
""",
            )
        ],
    ),
    Mutant(
        name="described_without_chart",
        breaks="equal results of two patients are one record",
        test="tests/intake/keys/test_known_records.py::test_two_patients_with_equal_content_and_no_identifier_are_both_kept",
        changes=[
            Change(
                "backend/records/filing/known_records.py",
                old="""        DESCRIBED + hash_name(filing.facility, kind, f"{chart}\\0{names.described}")
        for chart in filing.homes or (filing.patient,)
""",
                new="""        DESCRIBED + hash_name(filing.facility, kind, f"{chart and 0}\\0{names.described}")
        for chart in filing.homes or (filing.patient,)
""",
            )
        ],
    ),
    Mutant(
        name="stale_tag_passes",
        breaks="a change is written over a newer one that its sender has not seen",
        test="tests/intake/keys/test_preconditions.py::test_two_who_change_one_state_at_once_are_not_both_taken",
        changes=[
            Change(
                "backend/core/preconditions.py",
                old="""    if wanted and not same and not (tag is not None and (ANY in wanted or tag in wanted)):
""",
                new="""    if wanted and not same and tag is None:
""",
            )
        ],
    ),
    Mutant(
        name="empty_member_ends",
        breaks="what stands behind an empty gzip member is dropped, and answered as taken",
        test="tests/api/test_packed_bodies.py::test_an_empty_member_does_not_end_a_packed_body",
        changes=[
            Change(
                "backend/api/arriving_body.py",
                old="""        if piece or unpacking.has_more:
""",
                new="""        if piece:
""",
            )
        ],
    ),
    Mutant(
        name="bomb_unpacked",
        breaks="a small body unpacks to all the memory there is",
        test="tests/api/test_packed_bodies.py::test_a_bomb_is_left_after_what_the_route_takes",
        changes=[
            Change(
                "backend/api/arriving_body.py",
                old="""            piece = self._stream.decompress(self._packed, _UNPACKED_AT_ONCE)
""",
                new="""            piece = self._stream.decompress(self._packed)
""",
            )
        ],
    ),
    Mutant(
        name="modifier_below_the_root",
        breaks="a component that is negated is shown as if it were not",
        test="tests/intake/keys/test_faults.py::test_what_changes_the_meaning_refuses_wherever_it_stands",
        changes=[
            Change(
                "backend/intake/fhir/model/modifiers.py",
                old="""            elif isinstance(part, dict | list):
""",
                new="""            elif isinstance(part, str):
""",
            )
        ],
    ),
]
