"""One self-contained HTML page of a call or a selection, for an e-mail: no script, nothing loaded from anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from callqa.call import Call, Flag, Span, Utterance
from callqa.files import atomic_write
from callqa.labels import LabelScheme
from callqa.lang import Lang, say

_STYLE = """
body{font:15px/1.6 "PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;margin:2em auto;max-width:62em;padding:0 1em;color:#222}
section{border-top:3px solid #888;margin-top:2em}
h1{font-size:1.4em}h2{font-size:1.15em;unicode-bidi:isolate}
dl{display:grid;grid-template-columns:max-content 1fr;gap:0 1em}dt{color:#666}dd{margin:0}
table{border-collapse:collapse;width:100%}td{padding:.25em .5em;vertical-align:top;border-bottom:1px solid #eee}
td:nth-child(-n+3){white-space:nowrap;color:#666}td.text{width:100%;unicode-bidi:isolate;overflow-wrap:anywhere}
tr.marked td{background:#fffbe8}
mark{background:#ffe08a}u{text-decoration-style:wavy}
b.tag{font-weight:normal;border-radius:.3em;padding:.05em .4em;margin-right:.3em;white-space:nowrap}
li.violation{color:#a40000}li.caution{color:#8a5a00}
"""
_POLICY_TEMPLATE = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"


def content_policy(style: str) -> str:
    """The Content-Security-Policy of a page: nothing is loaded or run, only this style sheet counts.

    Examples
    --------
    >>> content_policy("p{}").startswith("default-src 'none'; style-src 'sha256-")
    True
    """
    return _POLICY_TEMPLATE.format(base64.b64encode(hashlib.sha256(style.encode()).digest()).decode())


def write_html(calls: Iterable[Call], path: Path, scheme: LabelScheme, lang: Lang, *, title: str | None = None) -> int:
    """Write one page with all ``calls``, one after the other; how many. Mask them before, where they leave the house.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    count = 0
    with atomic_write(path) as file:
        file.write("".join(_head(title or say(lang, "Calls", "通话质检"), lang, scheme)).encode())
        for call in calls:
            file.write("".join(_section(call, scheme, lang)).encode())
            count += 1
        file.write(b"</body></html>\n")
    return count


def call_html(call: Call, scheme: LabelScheme, lang: Lang) -> str:
    """The part of a page that shows one call.

    Examples
    --------
    >>> from callqa.labels import load_scheme
    >>> "&lt;script&gt;" in call_html(Call("c1", (Utterance(1, "agent", "<script>"),)), load_scheme(), "en")
    True
    """
    return "".join(_section(call, scheme, lang))


def _head(title: str, lang: Lang, scheme: LabelScheme) -> Iterator[str]:
    # Colours of labels are part of the one style sheet: the policy lets no style attribute through.
    style = _STYLE + "".join(f"b.{label.name}{{background:#{label.colour}}}\n" for label in scheme)
    yield f'<!doctype html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(content_policy(style))}">\n'
    yield '<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width">\n'
    yield f"<title>{escape(title)}</title>\n<style>{style}</style></head><body>\n<h1>{escape(title)}</h1>\n"


def _section(call: Call, scheme: LabelScheme, lang: Lang) -> Iterator[str]:
    yield f"<section><h2>{escape(call.call_id)}</h2>\n<dl>"
    facts = (
        (say(lang, "Time", "通话时间"), call.started_at and call.started_at.isoformat(" ", "minutes")),
        (say(lang, "Agent", "坐席"), call.agent_id),
        (say(lang, "On the line", "接听人"), call.party and _party_name(call.party, lang)),
        (say(lang, "Score", "得分"), None if call.score is None else f"{call.score:g}"),
    )
    for name, value in facts:
        if value:
            yield f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>"
    yield "</dl>\n"
    if call.flags:
        yield "<ul>" + "".join(_flag(flag, scheme, lang) for flag in call.flags) + "</ul>\n"
    shown = {turn for flag in call.flags for turn in flag.turns}
    yield "<table>\n"
    for turn in call.utterances:
        yield from _turn(turn, turn.turn in shown, scheme, lang)
    yield "</table></section>\n"


def _party_name(party: str, lang: Lang) -> str:
    names = {"debtor": ("debtor", "本人"), "third_party": ("third party", "第三方"), "unknown": ("unknown", "未明")}
    return say(lang, *names[party])


def _flag(flag: Flag, scheme: LabelScheme, lang: Lang) -> str:
    severity = next(s for s in scheme.severities if s.name == flag.severity)
    name = say(lang, flag.name_en, flag.name_zh) or flag.code
    turns = ", ".join(map(str, flag.turns))
    at = say(lang, f" (turn {turns})", f"（第 {turns} 句）") if turns else ""
    advice = say(lang, flag.advice_en, flag.advice_zh)
    text = f"{say(lang, severity.en, severity.zh)} · {name}{at}" + (f" — {advice}" if advice else "")
    return f'<li class="{escape(severity.name)}">{escape(text)}</li>'


def _turn(turn: Utterance, flagged: bool, scheme: LabelScheme, lang: Lang) -> Iterator[str]:
    marked = ' class="marked"' if flagged or turn.labels else ""
    speaker = say(lang, turn.speaker, "坐席" if turn.speaker == "agent" else "客户")
    clock = "" if turn.start_ms is None else f"{turn.start_ms // 60_000:02d}:{turn.start_ms // 1000 % 60:02d}"
    evidence = [span for spans in turn.evidence.values() for span in spans]
    yield f'<tr{marked}><td>{turn.turn}</td><td>{clock}</td><td>{escape(speaker)}</td><td class="text">'
    yield marked_text(turn.text, evidence, turn.fillers)
    yield "</td><td>"
    for label in turn.labels:
        entry = scheme[label]
        subs = say(lang, ", ", "、").join(
            say(lang, sub.en, sub.zh) for sub in entry.subtypes if sub.name in turn.subtypes.get(label, ())
        )  # fmt: skip
        text = say(lang, entry.en, entry.zh) + (say(lang, f": {subs}", f"：{subs}") if subs else "")
        yield f'<b class="tag {escape(label)}">{escape(text)}</b>'
    yield "</td></tr>\n"


def marked_text(text: str, evidence: Iterable[Span], fillers: Iterable[Span]) -> str:
    """Escaped text with its evidence in ``mark`` and its fillers in ``u``.

    Examples
    --------
    >>> marked_text("呃<今天", [(1, 4)], [(0, 1)])
    '<u>呃</u><mark>&lt;今天</mark>'
    """
    inside: list[set[str]] = [set() for _ in text]
    for tag, spans in (("mark", evidence), ("u", fillers)):
        for start, end in spans:
            for tags in inside[start:end]:
                tags.add(tag)
    parts: list[str] = []
    open_tags: set[str] = set()
    for char, tags in zip(text, inside, strict=True):
        if tags != open_tags:
            parts += [f"</{tag}>" for tag in sorted(open_tags, reverse=True)]
            parts += [f"<{tag}>" for tag in sorted(tags)]
            open_tags = tags
        parts.append(escape(char))
    parts += [f"</{tag}>" for tag in sorted(open_tags, reverse=True)]
    return "".join(parts)
