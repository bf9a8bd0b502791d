"""The texts of predict's part of the report."""

from __future__ import annotations

from breakeven.report import labels

SAY = labels.of("breakeven.scenarios.predict", "report")
