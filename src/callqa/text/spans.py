"""Moving every span of a call when the texts of its turns change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from callqa.call import Call, Flag, FlagHit, Promise, SlotSource, Span, Utterance
from callqa.text.offsets import OffsetMap


def with_texts(call: Call, texts: Mapping[int, tuple[str, OffsetMap]]) -> Call:
    """The call with new texts for some turns (by turn number), its spans moved along.

    Parameters
    ----------
    texts
        Turn number → the new text and the map from the old text to it.
    """
    maps = {turn: offsets for turn, (_, offsets) in texts.items()}
    turns = tuple(
        replace(_moved_turn(turn, maps), text=texts[turn.turn][0]) if turn.turn in texts else _moved_turn(turn, maps)
        for turn in call.utterances
    )
    return replace(call, utterances=turns, flags=tuple(_moved_flag(flag, maps) for flag in call.flags))


def _moved_turn(turn: Utterance, maps: Mapping[int, OffsetMap]) -> Utterance:
    if turn.turn in maps:
        offsets = maps[turn.turn]
        turn = replace(
            turn,
            fillers=_moved(turn.fillers, offsets),
            evidence={label: _moved(spans, offsets) for label, spans in turn.evidence.items()},
        )
    return turn if turn.ptp is None else replace(turn, ptp=_moved_promise(turn.ptp, maps))


def _moved(spans: tuple[Span, ...], offsets: OffsetMap) -> tuple[Span, ...]:
    moved = (offsets.to_new(span) for span in spans)
    return tuple((start, end) for start, end in moved if start < end)


def _moved_promise(promise: Promise, maps: Mapping[int, OffsetMap]) -> Promise:
    sources = {slot: _moved_source(source, maps) for slot, source in promise.sources.items()}
    return replace(promise, sources=sources)


def _moved_source(source: SlotSource, maps: Mapping[int, OffsetMap]) -> SlotSource:
    if source.span is None or source.turn is None or source.turn not in maps:
        return source
    return replace(source, span=maps[source.turn].to_new(source.span))


def _moved_flag(flag: Flag, maps: Mapping[int, OffsetMap]) -> Flag:
    return replace(flag, hits=tuple(FlagHit(hit.turn, _moved(hit.spans, maps[hit.turn])) if hit.turn in maps else hit for hit in flag.hits))
