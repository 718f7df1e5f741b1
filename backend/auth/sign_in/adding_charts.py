"""Adds charts to a living session: by a yes to what was found, by a code, or by a slip."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.auth.access.gate import Caller
from backend.auth.credentials import activation_slips, typed_codes
from backend.auth.credentials.activation_slips import TriedSlip
from backend.auth.dpop.device_key import DeviceKey
from backend.auth.identity.identifiers import CITIZEN_ID
from backend.auth.sessions.account_actions import AccountAction, refusals_written
from backend.auth.sessions.devices import DeviceDetails
from backend.auth.sessions.kept_apart import check_one_person
from backend.auth.sessions.lost_phone import wait_for_lost_phones
from backend.auth.sessions.session_charts import LivingSession, Proved, lock_session, reach
from backend.auth.sessions.sessions import OpenedSession
from backend.auth.sign_in import activation, code_requests, shown_codes
from backend.auth.sign_in.activation import WrongSlip, proved_by_slip
from backend.auth.sign_in.code_requests import Asking, IssuedChallenge
from backend.auth.sign_in.my_charts import FOUND_NOW, name_of
from backend.auth.sign_in.opened_by_code import open_found, proved_by_code
from backend.auth.sign_in.pairs import CITIZEN, Pair, lock_charts_of, subject_of_chart
from backend.auth.sign_in.shown_codes import ShownCode, WrongCode
from backend.core.audit import write_down
from backend.core.crypto.sealing import unseal
from backend.core.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from backend.core.errors import NotFound
from backend.core.refusals import note_refusal

ADDED = "charts.added"
