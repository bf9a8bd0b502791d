"""Predict's own part of report.html: what the product misses, looks at, and how far to trust it."""

from __future__ import annotations

from breakeven.core.verdict import Verdict, part
from breakeven.report.blocks import ReportSection
from breakeven.scenarios.predict import report_classes, report_columns, report_rows, report_threshold
from breakeven.scenarios.predict.report_labels import SAY
from breakeven.scenarios.predict.verdict import PredictSection


def sections(v: Verdict) -> list[ReportSection]:
    """The sections of a verdict with a product; none without."""
    if v.product is None:
        return []
    own = part(PredictSection, v.section)
    trust = [*report_classes.value_blocks(own), *report_classes.class_blocks(own), *report_classes.group_blocks(own)]
    found = [
        ReportSection(SAY("trust.title"), trust, "trust", report_classes.missed(own)),
        ReportSection(SAY("threshold.title"), report_threshold.blocks(own, v.prices), "threshold"),
        ReportSection(SAY("calibration.title"), report_classes.calibration_blocks(own), "calibration"),
        ReportSection(SAY("importance.title"), report_columns.blocks(v, own), "columns"),
        ReportSection(SAY("rows.title"), report_rows.blocks(own), "rows"),
    ]
    return [section for section in found if section.blocks]
