"""Were the promises kept? Standing promises of a result folder against a file of payments."""

from callqa.kept.figures import Figures, wilson
from callqa.kept.ledger import PromiseOutcome, Status, settle
from callqa.kept.payments import Payment, read_payments
from callqa.kept.report import KeptReport, kept_promises, report_record, write_outcomes

__all__ = [
    "Figures",
    "KeptReport",
    "Payment",
    "PromiseOutcome",
    "Status",
    "kept_promises",
    "read_payments",
    "report_record",
    "settle",
    "wilson",
    "write_outcomes",
]
