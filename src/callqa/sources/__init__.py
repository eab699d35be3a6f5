"""Files of any supported kind → Calls, streaming; what cannot be used → Reject."""

from callqa.sources.detect import FORMATS, JSONL, detect_format
from callqa.sources.inputs import SeenIds, find_call, list_inputs, read_calls, read_labelled, read_located
from callqa.sources.jsonl import parse_line
from callqa.sources.lines import RawLine, iter_lines
from callqa.sources.raw import ReadOptions
from callqa.sources.record import call_from_record
from callqa.sources.reject import Reject
from callqa.sources.writing import call_to_json, call_to_line, call_to_record

__all__ = [
    "FORMATS",
    "JSONL",
    "RawLine",
    "ReadOptions",
    "Reject",
    "SeenIds",
    "call_from_record",
    "call_to_json",
    "call_to_line",
    "call_to_record",
    "detect_format",
    "find_call",
    "iter_lines",
    "list_inputs",
    "parse_line",
    "read_calls",
    "read_labelled",
    "read_located",
]
