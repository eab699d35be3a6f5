"""Every turn that a prediction has wrong, with the turns around it, as rows of a spreadsheet or lines of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import orjson

from callqa.call import Call, Party, Utterance
from callqa.errors import OutputError
from callqa.evaluate.counts import wrong_slots
from callqa.export.sheet import BOM, CsvTable
from callqa.files import atomic_write
from callqa.labels import LabelScheme
from callqa.privacy import mask_call

CONTEXT = 2  # turns shown before and after
SUFFIXES = (".csv", ".jsonl")


@dataclass(frozen=True, slots=True)
class WrongTurn:
    """One turn and what is wrong with it; ``missed`` stands in gold only, ``invented`` in the prediction only.

    Labels are written by name, sub-types as ``label/name``, filler spans as ``filler[start:end]``, promise slots as
    ``date: gold -> predicted``. ``scores`` holds those of the labels concerned.
    """

    call_id: str
    turn: int
    speaker: str
    text: str
    missed: tuple[str, ...]
    invented: tuple[str, ...]
    slots: tuple[str, ...]
    scores: Mapping[str, float]
    party_gold: Party | None
    party_predicted: Party | None
    before: tuple[str, ...]
    after: tuple[str, ...]


def wrong_turns(
    gold: Sequence[Call], predicted: Sequence[Call], scheme: LabelScheme, *, context: int = CONTEXT, mask: bool = True
) -> Iterator[WrongTurn]:
    """The turns in which prediction and gold differ in a label, a sub-type, a filler span or a promise slot, in the order of gold.

    Parameters
    ----------
    context
        Turns before and after to show.
    mask
        Hide personal data in the texts shown.
    """
    by_id = {call.call_id: call for call in predicted}
    promises = {label.name for label in scheme if label.marks == "promise"}
    for call in gold:
        other = by_id.get(call.call_id) or Call(call.call_id, ())
        by_turn = {utterance.turn: utterance for utterance in other.utterances}
        shown = mask_call(call).utterances if mask else call.utterances
        for index, utterance in enumerate(call.utterances):
            guess = by_turn.get(utterance.turn) or Utterance(utterance.turn, utterance.speaker, utterance.text)
            expected, found = _marks(utterance), _marks(guess)
            slots = _slots(utterance, guess) if promises.intersection(utterance.labels).intersection(guess.labels) else ()
            if expected.keys() == found.keys() and not slots:
                continue
            concerned = {label for mark, label in (expected | found).items() if (mark in expected) != (mark in found)}
            yield WrongTurn(
                call_id=call.call_id,
                turn=utterance.turn,
                speaker=utterance.speaker,
                text=shown[index].text,
                missed=tuple(mark for mark in expected if mark not in found),
                invented=tuple(mark for mark in found if mark not in expected),
                slots=slots,
                scores={name: guess.scores[name] for name in scheme.names if name in concerned and name in guess.scores},
                party_gold=call.party_at(utterance.turn),
                party_predicted=other.party_at(utterance.turn),
                before=tuple(_line(u) for u in shown[max(0, index - context) : index]),
                after=tuple(_line(u) for u in shown[index + 1 : index + 1 + context]),
            )


def _marks(utterance: Utterance) -> dict[str, str]:
    """Everything that stands on a turn, as written in a `WrongTurn`, with the label it belongs to."""
    marks = {label: label for label in utterance.labels}
    marks |= {f"{label}/{name}": label for label, names in utterance.subtypes.items() for name in names}
    return marks | {f"filler[{start}:{end}]": "" for start, end in utterance.fillers}


def _slots(gold: Utterance, guess: Utterance) -> tuple[str, ...]:
    def value(utterance: Utterance, slot: str) -> str:
        found = getattr(utterance.ptp, slot, None)
        return "-" if found is None else str(found)

    return tuple(f"{slot}: {value(gold, slot)} -> {value(guess, slot)}" for slot in wrong_slots(gold.ptp, guess.ptp))


def _line(utterance: Utterance) -> str:
    return f"{utterance.turn} {utterance.speaker}: {utterance.text}"


def write_wrong_turns(rows: Iterable[WrongTurn], path: Path) -> None:
    """Write rows to a ``.csv`` (UTF-8 with BOM, opens in Excel) or ``.jsonl`` file.

    Raises
    ------
    OutputError
        The file name has another ending, or the file cannot be written.
    """
    if path.suffix not in SUFFIXES:
        raise OutputError(f"must end in {' or '.join(SUFFIXES)}", file=path)
    with atomic_write(path) as file:
        if path.suffix == ".jsonl":
            file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
            return
        names = [entry.name for entry in fields(WrongTurn)]
        table = CsvTable()
        table.add([names])
        table.add([_cell(getattr(row, name)) for name in names] for row in rows)
        file.write(BOM + table.take())


def _cell(value: Any) -> Any:
    if isinstance(value, Mapping):
        return "\n".join(f"{name} {score:.3f}" for name, score in value.items())
    return "\n".join(value) if isinstance(value, tuple) else value
