"""What the READMEs show of the shipped model: one sample call as it tags it, and its figures by cross-validation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from callqa.call import Call, Utterance
from callqa.export.sheet import Words
from callqa.labels import LabelScheme
from callqa.lang import Lang, say
from callqa.pipeline import analyse
from callqa.policy import load_policy
from callqa.privacy import mask_call
from callqa.shipped import DEFAULT_MODEL, shipped_path
from callqa.sources import Reject, read_calls
from callqa.taggers.model import load_model
from tools.paths import DATA, ROOT, table, with_block

SAMPLE, CALL, TURNS = DATA / "sample" / "day-a.jsonl", "day-a-003", 9
MEASURES = (
    ("macro_f1", "**Macro-F1 of the five core labels**", "**五个核心标签宏平均 F1**"),
    ("subtypes_micro_f1", "Sub-types, micro-F1", "子类微平均 F1"),
    ("filler_span_f1", "Filler spans, exact", "语气词片段（完全一致）"),
    ("party", "Who is on the line, accuracy", "接听人准确率"),
)
PAGES: dict[str, Lang] = {"README.md": "en", "README.zh.md": "zh"}


def example() -> tuple[Call, LabelScheme]:
    """The sample call, analysed and masked."""
    model = load_model()
    calls = [item for item in read_calls(SAMPLE, model.scheme) if not isinstance(item, Reject) and item.call_id == CALL]
    (call,) = analyse(calls, model, load_policy(None, model.scheme))
    return mask_call(call), model.scheme


def body(call: Call, scheme: LabelScheme, lang: Lang) -> str:
    """The table of its first turns and the list of its flags."""
    words = Words(scheme, lang)
    head = [say(lang, "turn", "句"), say(lang, "who", "说话人"), say(lang, "said", "原话"), say(lang, "tags", "标签")]
    rows = [
        [str(turn.turn), words.word(turn.speaker) or "", _escaped(turn.text), _tags(turn, scheme, lang)] for turn in call.utterances[:TURNS]
    ]
    lines = [f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows]]
    flags = [f"- {say(lang, flag.name_en, flag.name_zh)} ({words.word(flag.severity)}): {_turns(flag.turns, lang)}" for flag in call.flags]
    title = say(lang, f"Score {call.score:g}, flags:", f"得分 {call.score:g}，质检项：")
    return "\n".join([*lines, "", title, "", *flags])


def _tags(turn: Utterance, scheme: LabelScheme, lang: Lang) -> str:
    tags = []
    for name in turn.labels:
        label = scheme[name]
        kinds = [say(lang, label.subtype(sub).en, label.subtype(sub).zh) for sub in turn.subtypes.get(name, ())]
        if label.marks == "spans":
            kinds = [turn.text[start:end] for start, end in turn.fillers]
        if label.marks == "promise" and turn.ptp is not None:
            kinds += [str(slot) for slot in (turn.ptp.date, turn.ptp.amount, turn.ptp.method) if slot is not None]
        joined = say(lang, ", ", "、").join(kinds)
        tags.append(f"**{say(lang, label.en, label.zh)}**{f' ({joined})' if joined else ''}")
    return "<br>".join(tags)


def _turns(turns: tuple[int, ...], lang: Lang) -> str:
    if not turns:
        return say(lang, "the whole call", "整通通话")
    listed = ", ".join(map(str, turns))
    return say(lang, f"turn{'s' if len(turns) > 1 else ''} {listed}", f"第 {listed} 句")


def _escaped(text: str) -> str:
    """Text in a Markdown cell: asterisks that hide personal data must stay asterisks."""
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("|", "\\|").replace("<", "&lt;")


def figures(manifest: dict[str, Any], scheme: LabelScheme, lang: Lang) -> str:
    """The model's cross-validated F1, with and without the encoder."""
    full, fast = (manifest["figures"][kind] for kind in ("full", "fast"))
    rows = [(say(lang, label.en, label.zh), full["labels"][label.name], fast["labels"][label.name]) for label in scheme]
    for key, en, zh in MEASURES:
        rows.append((say(lang, en, zh), full[key], fast[key]))
    head = [say(lang, "F1 on writers never seen", "未见过的写作者上的 F1"), say(lang, "full", "完整"), "`--fast`"]
    said = say(
        lang,
        f"Cross-validated by writer: each of the {len(manifest['counted'])} files of `data/train` tagged by a model that saw none of it.",
        f"在 `data/train` 的 {len(manifest['counted'])} 个文件上按写作者交叉验证，每个文件由未见过它的模型标注：",
    )
    return said + "\n\n" + table(head, [[name, f"{a:.3f}", f"{b:.3f}"] for name, a, b in rows])


def files() -> dict[Path, str]:
    """Path → content of both READMEs."""
    call, scheme = example()
    manifest = json.loads(shipped_path(f"{DEFAULT_MODEL}/manifest.json").read_text(encoding="utf-8"))
    made = {}
    for page, lang in PAGES.items():
        text = with_block((ROOT / page).read_text(encoding="utf-8"), "example", body(call, scheme, lang))
        made[ROOT / page] = with_block(text, "figures", figures(manifest, scheme, lang))
    return made
