"""Making a value safe for a spreadsheet cell."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")

# A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV Injection"): it may then run programs or send data out.
# The full-width forms count too: Excel in Chinese, Japanese or Korean reads them as the plain ones.
_FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
_BLANKS = " \u00a0\u3000"  # leading ones do not disarm a formula: several programs trim them
WORTH_A_LOOK = _FORMULA_STARTS | frozenset(_BLANKS)  # a cell that begins otherwise is no formula
NUL = "\x00"  # no spreadsheet file may hold it


def safe_cell(value: T) -> T | str:
    """``value`` itself, or, where a spreadsheet would take it for a formula, the text with ``'`` before it.

    Numbers, dates and ``None`` stay as they are: only a text can be a formula. NUL, which no spreadsheet file may hold, is taken out.

    Examples
    --------
    >>> safe_cell("=1+1"), safe_cell("好的"), safe_cell(-5)
    ("'=1+1", '好的', -5)
    """
    if not isinstance(value, str) or (value[:1] not in WORTH_A_LOOK and NUL not in value):
        return value
    text = value.replace(NUL, "")
    start = text.lstrip(_BLANKS)[:1]
    if start and start in _FORMULA_STARTS:
        return "'" + text
    return text
