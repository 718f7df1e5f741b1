"""What breaks talking to providers."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="retries",
        breaks="a push that was answered with a server error is sent again at once",
        test="tests/gateways/test_sending.py::test_every_answer_costs_exactly_one_request",
        changes=[
            Change(
                "backend/gateways/fcm/push.py",
                old="""\
            body=msgspec.json.encode(json),
        )
""",
                new="""\
            body=msgspec.json.encode(json),
        )
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            answer = await self._wire.exchange(
                method.upper(),
                url,
                headers={
                    **headers,
                    "Authorization": f"Bearer {self._credential.bearer}",
                    "Content-Type": "application/json",
                },
                body=msgspec.json.encode(json),
            )
""",
            ),
        ],
    ),
    Mutant(
        name="signature",
        breaks="every receipt is believed, whoever signed it",
        test="tests/gateways/twilio/test_twilio_receipts.py::test_a_receipt_that_was_touched_is_not_believed",
        changes=[
            Change(
                "backend/gateways/twilio/signature.py",
                old="""\
    return bool(RequestValidator(auth_token).validate(url, params, signature, algorithm))
""",
                new="""\
    return True
""",
            ),
        ],
    ),
    Mutant(
        name="wire_deadline",
        breaks="a worker that was frozen past its lease still writes its request",
        test="tests/crash/test_provider_modes.py::test_a_worker_frozen_before_it_wrote_does_not_write_after_its_lease",
        changes=[
            Change(
                "backend/gateways/outbound_call.py",
                old="""\
        if monotonic() >= self.deadline:
""",
                new="""\
        if monotonic() >= self.deadline + 60:
""",
            ),
        ],
    ),
]
