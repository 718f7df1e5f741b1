"""The hospital and the patient of the tests here; a test that needs others has its own."""

from tests.harness.intake.registered import hospital, lan

__all__ = ["hospital", "lan"]
