"""Promises to pay: when, how much, by what means (labelling guide, section 4), and which of them stands when the call ends."""

from callqa.promise.amounts import promise_amount
from callqa.promise.context import promise_slots
from callqa.promise.methods import promise_method
from callqa.promise.standing import EARLY_STAGE_LIMIT, Standing, amount_in_yuan, fill_promises, standing_promise, standing_record
from callqa.promise.when import promise_date

__all__ = [
    "EARLY_STAGE_LIMIT",
    "Standing",
    "amount_in_yuan",
    "fill_promises",
    "promise_amount",
    "promise_date",
    "promise_method",
    "promise_slots",
    "standing_promise",
    "standing_record",
]
