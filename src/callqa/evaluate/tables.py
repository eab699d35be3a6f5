"""An evaluation as people read it (tables) and as programs do (JSON values)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from rich.table import Table

from callqa.evaluate.evaluation import Estimate, Evaluation, Figure, Share
from callqa.labels import LabelScheme
from callqa.lang import Lang, say

DIGITS = 6  # of a figure in JSON


def as_record(evaluation: Evaluation) -> dict[str, Any]:
    """The fields of `Evaluation` as JSON values; beside an estimate ``x`` stands ``x_interval`` [low, high]."""
    return _fields_of(evaluation)


def _fields_of(value: Evaluation | Figure | Share) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for entry in fields(value):
        part = getattr(value, entry.name)
        record[entry.name] = _plain(part)
        if isinstance(part, Estimate) and part.low is not None:
            record[f"{entry.name}_interval"] = [_plain(part.low), _plain(part.high)]
    return record


def _plain(value: Any) -> Any:
    if isinstance(value, Estimate):
        return _plain(value.value)
    if isinstance(value, Figure | Share):
        return _fields_of(value)
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return round(value, DIGITS) if isinstance(value, float) else value


def tables(evaluation: Evaluation, scheme: LabelScheme, lang: Lang) -> list[Table]:
    """Tables to print: labels, sub-types, the rest."""
    return [_labels(evaluation, scheme, lang), _subtypes(evaluation, scheme, lang), _others(evaluation, scheme, lang)]


def _labels(evaluation: Evaluation, scheme: LabelScheme, lang: Lang) -> Table:
    table = _figure_table(say(lang, "Labels by turn", "标签（按话轮）"), say(lang, "Label", "标签"), lang)
    table.add_column(say(lang, "Calibration error", "校准误差"), justify="right", no_wrap=True)
    for label in scheme:
        error = evaluation.calibration[label.name]
        cells = [*_figure_cells(evaluation.labels[label.name]), "" if error is None else _number(error)]
        table.add_row(say(lang, label.en, label.zh), *cells)
    core = say(lang, f"Macro-F1 of {len(scheme.core)}", f"{len(scheme.core)} 个核心标签宏平均 F1")
    table.add_section()
    table.add_row(core, "", "", *_estimate_cells(evaluation.macro_f1), "", "", style="bold")
    return table


def _subtypes(evaluation: Evaluation, scheme: LabelScheme, lang: Lang) -> Table:
    table = _figure_table(say(lang, "Sub-types by turn", "子类（按话轮）"), say(lang, "Sub-type", "子类"), lang)
    for label in scheme:
        if not label.subtypes:
            continue
        table.add_section()
        table.add_row(say(lang, label.en, label.zh), *_figure_cells(evaluation.subtypes_by_label[label.name]), style="bold")
        for sub in label.subtypes:
            table.add_row(f"  {say(lang, sub.en, sub.zh)}", *_figure_cells(evaluation.subtypes[label.name][sub.name]))
    table.add_section()
    table.add_row(say(lang, "All sub-types", "全部子类"), *_figure_cells(evaluation.subtypes_micro), style="bold")
    return table


def _others(evaluation: Evaluation, scheme: LabelScheme, lang: Lang) -> Table:
    title = say(lang, "Spans, calls, party and promise slots", "片段、通话、接听人与承诺要素")
    table = _figure_table(title, say(lang, "Measure", "指标"), lang)
    table.add_row(say(lang, "Filler spans, exact", "语气词片段（完全一致）"), *_figure_cells(evaluation.spans))
    table.add_section()
    for label in scheme:
        name = say(lang, f"Calls with: {label.en}", f"通话含：{label.zh}")
        table.add_row(name, *_figure_cells(evaluation.call_labels[label.name]))
    gravest = say(lang, scheme.severities[-1].en, scheme.severities[-1].zh)
    for label_name, figure in evaluation.call_gravest.items():
        label = scheme[label_name]
        table.add_row(say(lang, f"Calls with: {label.en}, {gravest}", f"通话含：{label.zh}（{gravest}）"), *_figure_cells(figure))
    table.add_section()
    shares = {
        say(lang, "Party, by call (accuracy)", "接听人，按通话（准确率）"): evaluation.party,
        say(lang, "Party, by turn (accuracy)", "接听人，按话轮（准确率）"): evaluation.party_turns,
        say(lang, "Promise date (accuracy)", "承诺日期（准确率）"): evaluation.slots["date"],
        say(lang, "Promise amount (accuracy)", "承诺金额（准确率）"): evaluation.slots["amount"],
        say(lang, "Promise method (accuracy)", "承诺方式（准确率）"): evaluation.slots["method"],
    }
    for name, share in shares.items():
        table.add_row(name, "", "", *_estimate_cells(share.accuracy), str(share.support))
    return table


def _figure_table(title: str, first: str, lang: Lang) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    table.add_column(first, no_wrap=True)
    names = (("Precision", "精确率"), ("Recall", "召回率"), ("F1", "F1"), ("95 % interval", "95% 区间"), ("Support", "样本数"))
    for name in (say(lang, en, zh) for en, zh in names):
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _figure_cells(figure: Figure) -> list[str]:
    if not figure.support and not figure.predicted:
        return ["-", "-", "-", "", "0"]
    return [_number(figure.precision.value), _number(figure.recall.value), *_estimate_cells(figure.f1), str(figure.support)]


def _estimate_cells(estimate: Estimate) -> list[str]:
    interval = "" if estimate.low is None else f"{_number(estimate.low)}-{_number(estimate.high)}"
    return [_number(estimate.value), interval]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
