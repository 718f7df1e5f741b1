"""Tables of plans of care, families' conditions, filled-in forms, medicines taken and given."""

from piccolo.constraints import Unique
from piccolo.table import Table

from backend.core.database import DB
from backend.records.tables import RecordRow


class MedicationStatement(RecordRow, Table, tablename="medication_statement", db=DB):
    medication_statement_once = Unique(["facility", "key"])


class CarePlan(RecordRow, Table, tablename="care_plan", db=DB):
    care_plan_once = Unique(["facility", "key"])


class FamilyHistory(RecordRow, Table, tablename="family_history", db=DB):
    """A FamilyMemberHistory, without the relative's name."""

    family_history_once = Unique(["facility", "key"])


class FilledForm(RecordRow, Table, tablename="filled_form", db=DB):
    """A QuestionnaireResponse."""

    filled_form_once = Unique(["facility", "key"])


class DispensedMedicine(RecordRow, Table, tablename="dispensed_medicine", db=DB):
    """A MedicationDispense. Nothing of the schedule of doses comes from it."""

    dispensed_medicine_once = Unique(["facility", "key"])


class GivenMedicine(RecordRow, Table, tablename="given_medicine", db=DB):
    """A MedicationAdministration. Nothing of the schedule of doses comes from it."""

    given_medicine_once = Unique(["facility", "key"])
