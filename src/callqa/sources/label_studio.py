"""Label Studio: tasks of a project set up by callqa's labelling configuration, corrected or not, read back as labelled calls.

A task's ``data`` holds the dialogue and the rest of the call's record; labels are read from its latest annotation, or stay as they were
where there is none. `callqa.export.label_studio` writes what this module reads; the names of the controls are theirs in common.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from callqa.errors import InputError
from callqa.sources.raw import RawCall, RawTurn, as_list, as_text

NAME = "label-studio"
DIALOGUE = "dialogue"  # the Paragraphs tag and the key of ``data`` it shows
LABEL, SPAN, HAND_OVER = "label", "span", "hand_over"  # ParagraphLabels: whole turns, spans of characters, a new party on the line
PARTY = "party"  # Choices, of the call
SUBTYPE = "subtype_"  # Choices, of a region; the label's name follows
PTP_DATE, PTP_AMOUNT, PTP_METHOD = "ptp_date", "ptp_amount", "ptp_method"  # of a promise's region
KEPT = "label_studio"  # unknown field of the call that keeps what the tool itself had in the task
_CALL_RESULTS = ("flags", "score", "promise", "model")
_TURN_GOLD = ("labels", "subtypes", "fillers", "ptp")
_TURN_RESULTS = ("scores", "evidence")


def fits(data: dict[str, Any]) -> bool:
    """Whether a JSON object is a task with a dialogue."""
    return isinstance(data.get("data"), dict) and DIALOGUE in data["data"]


def read(task: dict[str, Any], name: str) -> Iterator[RawCall | dict[str, Any]]:
    """The call of one task: a record where callqa wrote it, else its dialogue alone."""
    data = task["data"]
    dialogue = as_list(data[DIALOGUE], f"data.{DIALOGUE}")
    record = data.get("record")
    kept = {key: value for key, value in task.items() if key != "data"}
    if others := {key: value for key, value in data.items() if key not in ("call_id", DIALOGUE, "record")}:
        kept["data"] = others
    if not isinstance(record, dict):
        turns = tuple(
            RawTurn(
                as_text(turn.get("speaker", turn.get("author")), f"data.{DIALOGUE}[{i}].speaker"),
                as_text(turn.get("text"), f"data.{DIALOGUE}[{i}].text"),
            )
            for i, turn in enumerate(dialogue)
        )
        yield RawCall(str(data.get("call_id") or task.get("id") or name), turns)
        return
    whole = _with_texts(record, dialogue)
    result = latest_result(task)
    if result is not None:
        whole = apply_result(whole, result)
    yield {**whole, KEPT: kept} if kept.keys() - {"predictions"} else whole


def _with_texts(record: dict[str, Any], dialogue: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    items = as_list(record.get("utterances"), "data.record.utterances")
    if len(items) != len(dialogue):
        raise InputError("does not fit the record: turns were added or taken out", field=f"data.{DIALOGUE}")
    return {**record, "utterances": [{**item, "text": turn.get("text")} for item, turn in zip(items, dialogue, strict=True)]}


def latest_result(task: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Regions of the task's latest annotation that was not cancelled, ``None`` where nobody annotated it."""
    done = [item for item in as_list(task.get("annotations") or [], "annotations") if not item.get("was_cancelled")]
    if not done:
        return None
    latest = max(enumerate(done), key=lambda pair: (str(pair[1].get("updated_at") or ""), pair[0]))[1]
    return as_list(latest.get("result"), "annotations.result")


def apply_result(record: dict[str, Any], result: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The record with the labels of an annotation.

    A turn whose labels are as they were keeps its scores and the sources of its promise. Where anything changed, what the model and the
    policy said of the call is taken off: it was said of other labels.
    """
    found = _Annotation(record["utterances"])
    for region in result:
        found.add(region)
    utterances = [_turn(item, gold) for item, gold in zip(record["utterances"], found.turns, strict=True)]
    changed = {**record, "utterances": utterances}
    for key, value in ((PARTY, found.party), ("party_from", found.party_from())):
        changed.pop(key, None)
        if value:
            changed[key] = value
    same = utterances == record["utterances"] and all(changed.get(key) == record.get(key) for key in (PARTY, "party_from"))
    if same:
        return record
    return {key: value for key, value in changed.items() if key not in _CALL_RESULTS}


def _turn(item: dict[str, Any], gold: dict[str, Any]) -> dict[str, Any]:
    promise = item.get("ptp")
    if promise is not None and "ptp" not in gold and set(item.get("labels", [])) <= set(gold["labels"]) and not _has_slots(promise):
        gold = {**gold, "ptp": promise}  # a promise that names nothing has no region of its own to come back in
    if comparable(item) == comparable(gold):
        return item
    kept = {key: value for key, value in item.items() if key not in (*_TURN_GOLD, *_TURN_RESULTS)}
    return {**kept, **gold}


def _has_slots(promise: Mapping[str, Any]) -> bool:
    return any(promise.get(slot) is not None for slot in ("date", "amount", "method"))


def comparable(item: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a turn's labels say, whatever the order they stand in."""
    ptp = item.get("ptp")
    return (
        sorted(item.get("labels") or []),
        {label: sorted(names) for label, names in (item.get("subtypes") or {}).items()},
        sorted(map(list, item.get("fillers") or [])),
        None if ptp is None else {slot: ptp.get(slot) for slot in ("date", "amount", "method")},
    )


class _Annotation:
    """Labels of every turn, collected from the regions of an annotation."""

    def __init__(self, utterances: Sequence[Mapping[str, Any]]) -> None:
        self.utterances = utterances
        self.turns: list[dict[str, Any]] = [{"labels": []} for _ in utterances]
        self.party: str | None = None
        self._hand_overs: dict[int, str] = {}

    def party_from(self) -> list[dict[str, Any]]:
        return [{"turn": turn, "party": party} for turn, party in sorted(self._hand_overs.items())]

    def add(self, region: Mapping[str, Any]) -> None:
        value = region.get("value")
        if not isinstance(value, dict):
            return  # a relation between regions, which callqa does not use
        control = str(region.get("from_name"))
        if control == PARTY:
            self.party = _single(value, "choices")
            return
        for index in self._range(value):
            gold = self.turns[index]
            if control in (LABEL, SPAN):
                for label in _texts(value, "paragraphlabels"):
                    if label not in gold["labels"]:
                        gold["labels"].append(label)
                if control == SPAN:
                    gold.setdefault("fillers", []).append(self._offsets(value, index))
                    gold["fillers"].sort()
            elif control == HAND_OVER:
                self._hand_overs[self.utterances[index]["turn"]] = _single(value, "paragraphlabels")
            elif control.startswith(SUBTYPE):
                names = gold.setdefault("subtypes", {}).setdefault(control.removeprefix(SUBTYPE), [])
                names += [name for name in _texts(value, "choices") if name not in names]
            elif control in (PTP_DATE, PTP_AMOUNT, PTP_METHOD):
                gold.setdefault("ptp", {"date": None, "amount": None, "method": None})[control.removeprefix("ptp_")] = _slot(control, value)

    def _range(self, value: Mapping[str, Any]) -> range:
        try:
            first, last = int(value["start"]), int(value["end"])
        except (KeyError, TypeError, ValueError):
            raise InputError("does not name its paragraphs", field="annotations.result.value") from None
        if not 0 <= first <= last < len(self.turns):
            raise InputError("lies outside the dialogue", field="annotations.result.value")
        return range(first, last + 1)

    def _offsets(self, value: Mapping[str, Any], index: int) -> list[int]:
        text = self.utterances[index]["text"]
        if type(text) is not str:
            raise InputError("marks words of a turn that has no text", field="annotations.result.value")
        try:
            return [from_utf16(text, int(value["startOffset"])), from_utf16(text, int(value["endOffset"]))]
        except (KeyError, TypeError, ValueError):
            raise InputError("has no offsets within the turn", field="annotations.result.value") from None


def _slot(control: str, value: Mapping[str, Any]) -> Any:
    if control == PTP_METHOD:
        return _single(value, "choices")
    text = " ".join(_texts(value, "text")).strip()
    if control == PTP_DATE or text in ("minimum", "full", ""):
        return text or None
    try:
        amount = float(text)
    except ValueError:
        raise InputError("must be a number, minimum or full", field=PTP_AMOUNT) from None
    return int(amount) if amount.is_integer() else amount


def _texts(value: Mapping[str, Any], key: str) -> list[str]:
    found = value.get(key)
    names = found if isinstance(found, list) else [found]
    return [name for name in names if isinstance(name, str)]


def _single(value: Mapping[str, Any], key: str) -> str:
    names = _texts(value, key)
    if len(names) != 1:
        raise InputError("needs one choice", field=f"annotations.result.value.{key}")
    return names[0]


def to_utf16(text: str, offset: int) -> int:
    """A character offset as browsers count: characters beyond the basic plane are two.

    Examples
    --------
    >>> to_utf16("𠮷a", 1), from_utf16("𠮷a", 2)
    (2, 1)
    """
    return offset if text.isascii() else len(text[:offset].encode("utf-16-le")) // 2


def from_utf16(text: str, offset: int) -> int:
    """The character that a browser's offset falls on; an offset within a character is its begin."""
    if text.isascii():
        return offset
    return len(text.encode("utf-16-le")[: 2 * offset].decode("utf-16-le", "ignore"))
