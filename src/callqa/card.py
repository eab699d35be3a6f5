"""The model card: what a model is for, what it is worth on calls it has not seen, and what it gets wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callqa.call import Call
from callqa.evaluate import Evaluation, evaluate_calls
from callqa.evaluate.evaluation import Estimate, Figure, Share
from callqa.evaluate.wrong import WrongTurn, wrong_turns
from callqa.labels import LabelScheme

WRONG_SHOWN = 10  # examples a label


@dataclass(frozen=True)
class CardInputs:
    """What a card is written from; all predictions are of calls that the models behind them had not seen.

    ``by_writer`` writer → evaluation of its calls; ``checks`` name → evaluation on files kept out of every choice, as they are, with
    ``--fast`` and perturbed; ``wrong`` the mistakes of cross-validation.
    """

    name: str
    command: str
    check_command: str
    calls: int
    turns: int
    counted: int  # of the calls: those that figures are computed on
    group: str
    full: Evaluation
    fast: Evaluation
    read_share: float
    by_writer: Mapping[str, Evaluation]
    checks: Mapping[str, Evaluation]
    wrong: Sequence[WrongTurn]
    scheme: LabelScheme
    encoder: str


def evaluate_by_writer(
    gold: Sequence[Call], predicted: Sequence[Call], writers: Sequence[str], scheme: LabelScheme
) -> dict[str, Evaluation]:
    """One evaluation a writer, without intervals."""
    found = {}
    for writer in sorted(set(writers)):
        chosen = [index for index, name in enumerate(writers) if name == writer]
        found[writer] = evaluate_calls([gold[i] for i in chosen], [predicted[i] for i in chosen], scheme, samples=0)
    return found


def mistakes(gold: Sequence[Call], predicted: Sequence[Call], scheme: LabelScheme) -> list[WrongTurn]:
    """Wrong turns for the card, the surest mistakes first."""
    found = list(wrong_turns(gold, predicted, scheme))
    return sorted(found, key=lambda turn: -max((abs(score - 0.5) for score in turn.scores.values()), default=0.0))


def model_card(inputs: CardInputs) -> str:
    """The card as Markdown."""
    parts = [
        f"# Model card: {inputs.name}",
        _intended(inputs),
        _cross_validated(inputs),
        _checks(inputs),
        _writers(inputs),
        _limits(),
        _wrong(inputs),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _intended(inputs: CardInputs) -> str:
    others = "; the others are only learned from" if inputs.counted < inputs.calls else ""
    return f"""
Tags each turn of a Chinese debt-collection call (ASR text, two channels), works out who is on the line, gives calibrated scores.

**For**: sorting calls for human QA, measuring teams over many calls, showing reviewers the turns to look at.
**Not for**: deciding about a person without a reviewer: the figures below say how often a flag is wrong. Not for other languages, chats or
calls of another trade. Scores are probabilities on calls like those of training; on others measure first (`callqa evaluate`).

Trained on {inputs.calls} labelled calls ({inputs.turns} turns) written for this project; people, banks and numbers are invented. The
figures of cross-validation are computed on {inputs.counted} of them{others}.
Encoder: {inputs.encoder}.
"""


def _cross_validated(inputs: CardInputs) -> str:
    unit = "writer (a corpus file: one writer's world)" if inputs.group == "writer" else "call"
    lines = [
        f"## Cross-validated by {unit}",
        f"`{inputs.command}` prints these figures again. Models, encoder, deciders and thresholds are fitted without the calls they are",
        "measured on. In brackets the 95 % interval of a bootstrap over calls.",
        "",
        f"The cascade sends {inputs.read_share:.0%} of the turns through the encoder; `--fast` leaves it out.",
        "",
        "| | P | R | F1 | F1 `--fast` | calibration error | support |",
        "|---|---|---|---|---|---|---|",
    ]
    for label in inputs.scheme:
        figure, fast = inputs.full.labels[label.name], inputs.fast.labels[label.name]
        error = inputs.full.calibration[label.name]
        lines.append(
            f"| {label.en} {label.zh} | {_n(figure.precision)} | {_n(figure.recall)} | {_with(figure.f1)} | {_n(fast.f1)} | "
            f"{'' if error is None else f'{error:.3f}'} | {figure.support} |"
        )
    lines.append(f"| **macro-F1 of {len(inputs.scheme.core)}** | | | **{_with(inputs.full.macro_f1)}** | {_n(inputs.fast.macro_f1)} | | |")
    lines += ["", "| | value | `--fast` | support |", "|---|---|---|---|"]
    for name, with_encoder, without in _rest(inputs.full, inputs.fast):
        lines.append(f"| {name} | {_with(_value(with_encoder))} | {_n(_value(without))} | {with_encoder.support} |")
    lines += ["", "| Sub-type | P | R | F1 | support |", "|---|---|---|---|---|"]
    for label in inputs.scheme:
        for sub in label.subtypes:
            figure = inputs.full.subtypes[label.name][sub.name]
            lines.append(
                f"| {label.en}: {sub.en} {sub.zh} | {_n(figure.precision)} | {_n(figure.recall)} | {_with(figure.f1)} | {figure.support} |"
            )
    return "\n".join(lines)


def _rest(full: Evaluation, fast: Evaluation) -> list[tuple[str, Figure | Share, Figure | Share]]:
    rows: list[tuple[str, Figure | Share, Figure | Share]] = [
        ("sub-types, micro-F1", full.subtypes_micro, fast.subtypes_micro),
        ("filler spans, exact, F1", full.spans, fast.spans),
        ("party, by call, accuracy", full.party, fast.party),
        ("party, by turn, accuracy", full.party_turns, fast.party_turns),
    ]
    rows += [(f"promise {slot}, accuracy", share, fast.slots[slot]) for slot, share in full.slots.items()]
    rows += [(f"calls with {label}, F1", figure, fast.call_labels[label]) for label, figure in full.call_labels.items()]
    rows += [
        (f"calls with {label} of the gravest kind, F1", figure, fast.call_gravest[label]) for label, figure in full.call_gravest.items()
    ]
    return rows


def _checks(inputs: CardInputs) -> str:
    if not inputs.checks:
        return "## Last check\n\nNo file was kept out of every choice."
    labels = list(inputs.scheme)
    lines = [
        "## Last check: a writer kept out of every choice",
        f"`{inputs.check_command}` prints these figures again (`--fast`, `--perturb KIND`).",
        "",
        "| | macro-F1 | " + " | ".join(label.en for label in labels) + " | sub-types | spans | party |",
        "|---|---|" + "---|" * (len(labels) + 3),
    ]
    for name, found in inputs.checks.items():
        cells = [_with(found.macro_f1), *(_n(found.labels[label.name].f1) for label in labels)]
        cells += [_n(found.subtypes_micro.f1), _n(found.spans.f1), _n(found.party.accuracy)]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _writers(inputs: CardInputs) -> str:
    lines = [
        "## By writer's world (cross-validated)",
        "",
        "| file | macro-F1 | sub-types | spans | party | calls |",
        "|---|---|---|---|---|---|",
    ]
    for writer, found in inputs.by_writer.items():
        cells = [found.macro_f1, found.subtypes_micro.f1, found.spans.f1, found.party.accuracy]
        lines.append(f"| {writer} | " + " | ".join(_n(cell) for cell in cells) + f" | {found.calls} |")
    return "\n".join(lines)


def _limits() -> str:
    return """
## Limits

- All training calls are written, not recorded: real ASR breaks, repeats and mishears more than they do.
- Borderline turns are hard for people too: two annotators who know the guide agree at F1 0.98 to 0.99.
- Who is on the line decides whether a turn leaks; in a call whose party is taken wrongly, leaks are missed or invented together.
- A hand-over in mid-call is found by the encoder only; with `--fast` the party of a call is the same from first to last turn.
- Rare sub-types rest on some dozens of examples: look at their intervals before a rule rests on one of them.
"""


def _wrong(inputs: CardInputs) -> str:
    lines = ["## What it gets wrong", "", f"The surest mistakes of cross-validation, {WRONG_SHOWN} a label: missed (漏) and invented (误)."]
    for label in inputs.scheme:
        rows = [turn for turn in inputs.wrong if label.name in (*turn.missed, *turn.invented)]
        lines += ["", f"### {label.en} {label.zh}", ""]
        for turn in rows[:WRONG_SHOWN]:
            kind = "漏" if label.name in turn.missed else "误"
            score = f"{turn.scores[label.name]:.2f}" if label.name in turn.scores else "-"
            before = f"{turn.before[-1]} → " if turn.before else ""
            lines.append(f"- {kind} {score} `{turn.call_id}:{turn.turn}` {_plain(before)}**{_plain(turn.text)}**")
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Text that Markdown takes as it is."""
    return text.replace("*", "＊").replace("`", "'").replace("|", "｜").replace("\n", " ")


def _value(figure: Figure | Share) -> Estimate:
    return figure.f1 if isinstance(figure, Figure) else figure.accuracy


def _n(estimate: Estimate) -> str:
    return "-" if estimate.value is None else f"{estimate.value:.3f}"


def _with(estimate: Estimate) -> str:
    interval = "" if estimate.low is None or estimate.high is None else f" [{estimate.low:.3f}, {estimate.high:.3f}]"
    return _n(estimate) + interval
