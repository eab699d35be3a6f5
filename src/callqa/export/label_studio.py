"""Tagged or labelled calls → tasks of a Label Studio project, and the labelling configuration that goes with them.

`callqa.sources.label_studio` reads corrected tasks back; control names and the form of regions are kept there, for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import orjson

from callqa.call import PARTIES, Call, Promise, Utterance
from callqa.files import atomic_write
from callqa.labels import LabelScheme
from callqa.lang import Lang, say
from callqa.sources.label_studio import (
    DIALOGUE,
    HAND_OVER,
    KEPT,
    LABEL,
    PARTY,
    PTP_AMOUNT,
    PTP_DATE,
    PTP_METHOD,
    SPAN,
    SUBTYPE,
    apply_result,
    latest_result,
    to_utf16,
)
from callqa.sources.record import PAYMENT_METHODS, amount_to_number, call_to_record


def write_label_studio(calls: Iterable[Call], path: Path, scheme: LabelScheme) -> int:
    """Write tasks as one JSON array, what Label Studio imports; how many.

    Labels of a model become a prediction, gold labels an annotation. A call that came from Label Studio keeps its task's ids and
    annotations; only where its labels were changed since, a new annotation is added.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    count = 0
    with atomic_write(path) as file:
        for call in calls:
            file.write(b",\n" if count else b"[\n")
            file.write(orjson.dumps(call_to_task(call, scheme)))
            count += 1
        file.write(b"\n]\n" if count else b"[]\n")
    return count


def call_to_task(call: Call, scheme: LabelScheme) -> dict[str, Any]:
    """One call as a task.

    Examples
    --------
    >>> from callqa.labels import load_scheme
    >>> call = Call("c1", (Utterance(1, "agent", "嗯那个", labels=("filler_words",), fillers=((1, 3),)),), model="m-1", labelled=True)
    >>> task = call_to_task(call, load_scheme())
    >>> task["data"]["dialogue"][0]["text"], task["predictions"][0]["result"][0]["value"]["startOffset"]
    ('嗯那个', 1)
    """
    kept = call.extra.get(KEPT)
    record = call_to_record(call)
    record.pop(KEPT, None)
    texts = [item.pop("text") for item in record["utterances"]]
    dialogue = [{"speaker": turn.speaker, "text": text, "turn": turn.turn} for turn, text in zip(call.utterances, texts, strict=True)]
    task: dict[str, Any] = dict(kept) if isinstance(kept, Mapping) else {}
    task["data"] = {**task.get("data", {}), "call_id": call.call_id, DIALOGUE: dialogue, "record": record}
    if not call.labelled or _says_the_same(task, call):
        return task
    result = list(_regions(call, scheme))
    if call.model is not None:
        task["predictions"] = [{"model_version": call.model, "result": result}]
    else:
        task["annotations"] = [*task.get("annotations", ()), {"result": result}]
    return task


def _says_the_same(task: Mapping[str, Any], call: Call) -> bool:
    """Whether the task's own latest annotation already says what the call's labels say."""
    result = latest_result(task)
    whole = call_to_record(call)
    return result is not None and apply_result(whole, result) == whole


def _regions(call: Call, scheme: LabelScheme) -> Iterator[dict[str, Any]]:
    if call.party is not None:
        yield _region(PARTY, PARTY, "choices", {"choices": [call.party]})
    changes = {change.turn: change.party for change in call.party_from}
    for index, turn in enumerate(call.utterances):
        whole = _whole(index, turn)
        if turn.turn in changes:
            yield _region(f"p{index}", HAND_OVER, "paragraphlabels", {**whole, "paragraphlabels": [changes[turn.turn]]})
        for label in turn.labels:
            if scheme[label].marks == "spans" and turn.fillers:
                yield from _span_regions(index, turn, label)
                continue
            name = f"t{index}-{label}"
            score = {"score": turn.scores[label]} if label in turn.scores else {}
            yield {**_region(name, LABEL, "paragraphlabels", {**whole, "paragraphlabels": [label]}), **score}
            if turn.subtypes.get(label):
                yield _region(name, SUBTYPE + label, "choices", {**whole, "choices": list(turn.subtypes[label])})
            if scheme[label].marks == "promise" and turn.ptp is not None:
                yield from _promise_regions(name, whole, turn.ptp)


def _whole(index: int, turn: Utterance) -> dict[str, Any]:
    return {"start": str(index), "end": str(index), "startOffset": 0, "endOffset": to_utf16(turn.text, len(turn.text))}


def _span_regions(index: int, turn: Utterance, label: str) -> Iterator[dict[str, Any]]:
    for number, (start, end) in enumerate(turn.fillers):
        offsets = {"startOffset": to_utf16(turn.text, start), "endOffset": to_utf16(turn.text, end)}
        value = {"start": str(index), "end": str(index), **offsets, "paragraphlabels": [label]}
        yield _region(f"t{index}-{label}-{number}", SPAN, "paragraphlabels", value)


def _promise_regions(name: str, whole: dict[str, Any], promise: Promise) -> Iterator[dict[str, Any]]:
    if promise.amount is not None:
        amount = amount_to_number(promise.amount) if isinstance(promise.amount, Decimal) else promise.amount
        yield _region(name, PTP_AMOUNT, "textarea", {**whole, "text": [str(amount)]})
    if promise.date is not None:
        yield _region(name, PTP_DATE, "textarea", {**whole, "text": [promise.date.isoformat()]})
    if promise.method is not None:
        yield _region(name, PTP_METHOD, "choices", {**whole, "choices": [promise.method]})


def _region(name: str, control: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "from_name": control, "to_name": DIALOGUE, "type": kind, "value": value}


def labelling_config(scheme: LabelScheme, lang: Lang = "zh") -> str:
    """The labelling configuration (XML) of a project for `write_label_studio`'s tasks.

    Examples
    --------
    >>> from callqa.labels import load_scheme
    >>> '<Choice value="insult" hint="辱骂嘲讽"/>' in labelling_config(load_scheme())
    True
    """
    from_here = quoteattr(say(lang, "holds the line from here", "从此句起接听"))
    lines = [
        "<View>",
        f"  <Header value={quoteattr(say(lang, 'Who is on the line', '接听人'))}/>",
        f'  <Choices name="{PARTY}" toName="{DIALOGUE}" choice="single" showInline="true">',
        *(f'    <Choice value="{party}"/>' for party in PARTIES),
        "  </Choices>",
        f'  <ParagraphLabels name="{HAND_OVER}" toName="{DIALOGUE}">',
        *(f'    <Label value="{party}" hint={from_here}/>' for party in PARTIES),
        "  </ParagraphLabels>",
        f'  <ParagraphLabels name="{LABEL}" toName="{DIALOGUE}">',
        *(_label_tag(scheme, label.name, lang) for label in scheme if label.marks != "spans"),
        "  </ParagraphLabels>",
        f'  <ParagraphLabels name="{SPAN}" toName="{DIALOGUE}">',
        *(_label_tag(scheme, label.name, lang) for label in scheme if label.marks == "spans"),
        "  </ParagraphLabels>",
        f'  <Paragraphs name="{DIALOGUE}" value="${DIALOGUE}" layout="dialogue" nameKey="speaker" textKey="text" saveTextResult="no"/>',
    ]
    for label in scheme:
        shown = f'perRegion="true" visibleWhen="region-selected" whenTagName="{LABEL}" whenLabelValue="{label.name}"'
        if label.subtypes:
            lines.append(f'  <Choices name="{SUBTYPE}{label.name}" toName="{DIALOGUE}" choice="multiple" {shown}>')
            lines += [f"    <Choice value={quoteattr(sub.name)} hint={quoteattr(say(lang, sub.en, sub.zh))}/>" for sub in label.subtypes]
            lines.append("  </Choices>")
        if label.marks == "promise":
            slots = (
                (PTP_DATE, say(lang, "Date, 2026-03-06", "日期，如 2026-03-06")),
                (PTP_AMOUNT, say(lang, "Yuan, minimum or full", "金额（元）、minimum 或 full")),
            )
            lines += [
                f'  <TextArea name="{name}" toName="{DIALOGUE}" maxSubmissions="1" editable="true" placeholder={quoteattr(hint)} {shown}/>'
                for name, hint in slots
            ]
            lines.append(f'  <Choices name="{PTP_METHOD}" toName="{DIALOGUE}" choice="single" {shown}>')
            lines += [f'    <Choice value="{method}"/>' for method in PAYMENT_METHODS]
            lines.append("  </Choices>")
    return "\n".join([*lines, "</View>", ""])


def _label_tag(scheme: LabelScheme, name: str, lang: Lang) -> str:
    label = scheme[name]
    return f'    <Label value={quoteattr(name)} background="#{label.colour}" hint={quoteattr(say(lang, label.en, label.zh))}/>'
