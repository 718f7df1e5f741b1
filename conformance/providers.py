"""Checks our calls and our sandbox against the providers' own contracts; exits 1 on a violation.

python -m conformance.providers [DATA]      (../shared/data unless told)
"""

import asyncio
import secrets
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from typer import echo

from backend.sandbox.app import Files, create_sandbox
from backend.sandbox.serving import running
from conformance.fcm_contract import check_fcm
from conformance.material import end_with, folder_told
from conformance.prism import install
from conformance.twilio_contract import check_twilio


async def check(data: Path, folder: Path) -> list[str]:
    account = (f"AC{secrets.token_hex(16)}", secrets.token_hex(16))
    key_file = folder / "service-account.json"
    sandbox = create_sandbox(*account, files=Files(service_account=key_file))
    prism = await install(folder)
    async with running(sandbox) as url:
        return [
            *await check_twilio(data, url, account, prism, folder),
            *await check_fcm(data, url, key_file),
        ]


def main() -> None:
    data = folder_told(sys.argv[1:], ".")
    with TemporaryDirectory() as folder:
        violations = asyncio.run(check(data, Path(folder)))
    echo("conformance: failed" if violations else "conformance: nothing violated")
    end_with(violations)


if __name__ == "__main__":
    main()
