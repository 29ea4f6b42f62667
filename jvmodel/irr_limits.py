"""Where internal rates are looked for, and what counts as nil: the same for NumPy's method and the compiled one (docs/irr.md)."""

from __future__ import annotations

import math

GUESSES = (0.1, -0.25, -0.6, 0.0)
"""Rates a year from which the workbook's IRR formula starts, in this order; 10% is the default of Excel's IRR."""
FIRST = math.log1p(GUESSES[0])
FURTHEST = math.log(1e9)
"""Rates are looked for from 1e-9 − 1 (−99.9999999%) to 1e9 − 1 a year."""
NOISE = 1e-12
"""Flows below this share of the largest are rounding errors and count as nil."""
NIL = 1e-14
"""A value below this share of the sum of its terms is a root; two roots closer than the noise allows count as one."""
EXCEL_STEPS, EXCEL_STEP = 20, 1e-7
"""Excel's IRR gives up after 20 steps, and stops at a step of 0.00001% (Microsoft, IRR function); so does LibreOffice's."""

__all__ = ["EXCEL_STEP", "EXCEL_STEPS", "FIRST", "FURTHEST", "GUESSES", "NIL", "NOISE"]
