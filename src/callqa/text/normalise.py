"""Text as the model knows it: simplified characters, half-width letters and figures, nothing invisible. Spans are led back.

Chinese punctuation is full-width and stays so; the words themselves are not touched, ASR errors included (guide, section 5, rule 14).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import opencc

from callqa.call import Call
from callqa.text.offsets import Edit, OffsetMap, apply_edits
from callqa.text.spans import with_texts

# Full-width letters, figures and percent → plain; blanks of all kinds → a blank; CJK look-alikes (radicals, compatibility) → the character.
_WIDTH = {
    code: chr(code - 0xFEE0)
    for first, last in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A), (0xFF05, 0xFF05))
    for code in range(first, last + 1)
}
_BLANKS = dict.fromkeys((*range(0x09, 0x0E), 0x85, 0xA0, 0x3000, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F), " ")
_LOOK_ALIKES = {
    code: form
    for first, last in ((0x2E80, 0x2FDF), (0xF900, 0xFAFF))
    for code in range(first, last + 1)
    if len(form := unicodedata.normalize("NFKC", chr(code))) == 1 and form != chr(code)
}
_ONE_TO_ONE = {**_WIDTH, **_BLANKS, **_LOOK_ALIKES}
_DIALECT = "孃"  # 孃孃 is an aunt, 娘娘 is none
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufe00-\ufe0f"
    "\ud800-\udfff]"
)
_PLAIN_WORTH_A_LOOK = re.compile("[\x00-\x1f\x7f\u3000\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff05]")  # what GB 2312 has of all this


class Normalised(NamedTuple):
    """A text for the model, and the map that leads its spans back to the text as it came (`OffsetMap.to_old`)."""

    text: str
    offsets: OffsetMap


_SAME = OffsetMap()


def normalise(text: str) -> Normalised:
    """The text as the model knows it; most texts are so already and come back unchanged.

    Examples
    --------
    >>> normalise("您嘅帳單已經逾期１２天").text
    '您嘅帐单已经逾期12天'
    >>> done = normalise("嗯\\u200b那個，請還款")
    >>> done.text, done.offsets.to_old((1, 3))
    ('嗯那个，请还款', (2, 4))
    """
    if is_normal(text):
        return Normalised(text, _SAME)
    hidden = [Edit(match.start(), match.end(), "") for match in _INVISIBLE.finditer(text)]
    shown, offsets = apply_edits(text, hidden) if hidden else (text, _SAME)
    return Normalised(_simplified(shown.translate(_ONE_TO_ONE)), offsets)


def is_normal(text: str) -> bool:
    """Whether the text is surely as the model knows it: all of GB 2312 (which has no traditional character), nothing full-width.

    Examples
    --------
    >>> is_normal("请问是王先生吗？"), is_normal("請問")
    (True, False)
    """
    if _PLAIN_WORTH_A_LOOK.search(text):
        return False
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def has_invisible(text: str) -> bool:
    """Whether the text holds characters that nobody sees: control characters, joiners, marks of direction.

    Examples
    --------
    >>> has_invisible("嗯\u200b那个"), has_invisible("嗯 那个")
    (True, False)
    """
    return _INVISIBLE.search(text) is not None


def _simplified(text: str) -> str:
    changed = _converter().convert(text)
    if len(changed) != len(text):  # t2s changes characters, never their number; were a future table to, spans would no longer fit
        return text
    return "".join(old if old in _DIALECT or new > "\uffff" else new for old, new in zip(text, changed, strict=True))


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def normalise_call(call: Call) -> tuple[Call, Mapping[int, OffsetMap]]:
    """The call with the texts of its turns as the model knows them, and the maps of those that changed, by turn number."""
    if is_normal(" ".join([turn.text for turn in call.utterances])):
        return call, {}  # one look at all of it: most calls are so
    changed: dict[int, tuple[str, OffsetMap]] = {}
    for turn in call.utterances:
        if not is_normal(turn.text):
            done = normalise(turn.text)
            if done.text != turn.text:
                changed[turn.turn] = done
    if not changed:
        return call, {}
    return with_texts(call, changed), {turn: offsets for turn, (_, offsets) in changed.items()}


def as_it_came(tagged: Call, original: Call, maps: Mapping[int, OffsetMap]) -> Call:
    """A tagged call with the texts of the ``original``, its spans pointing into them.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from callqa.call import Utterance
    >>> original = Call("c1", (Utterance(1, "agent", "嗯\\u200b那個"),))
    >>> normal, maps = normalise_call(original)
    >>> tagged = replace(normal, utterances=(replace(normal.utterances[0], fillers=((1, 3),)),))
    >>> turn = as_it_came(tagged, original, maps).utterances[0]
    >>> turn.text[slice(*turn.fillers[0])]
    '那個'
    """
    if not maps:
        return tagged
    texts = {turn.turn: (turn.text, maps[turn.turn].reversed()) for turn in original.utterances if turn.turn in maps}
    return with_texts(tagged, texts)
