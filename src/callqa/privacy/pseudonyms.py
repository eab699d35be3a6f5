"""Personal data → tokens: the same person gets the same token everywhere, and only the key file turns tokens back."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from callqa.call import Call
from callqa.errors import InputError
from callqa.files import atomic_write
from callqa.privacy.mask import call_personal, mask_extra
from callqa.privacy.numbers import SPOKEN
from callqa.privacy.recognise import Personal
from callqa.text.offsets import Edit, OffsetMap, apply_edits
from callqa.text.spans import with_texts

KEY_FORMAT = 1
_KEY_BYTES = 32
_TOKEN = re.compile(r"\[(?:mobile|landline|id_number|bank_card|email|plate|address|name):[0-9a-f]{10}(?:\.\d+)?\]")


@dataclass
class Pseudonyms:
    """The secret key, and what stood behind every token given out so far.

    A token is the kind and a keyed hash (HMAC-SHA-256) of the value: ``[mobile:3f9a0c11d2]``. Figures read out and written have one token;
    another way of writing the same value gets the token with a number behind it, so that turning back gives each text as it was.
    """

    key: bytes
    originals: dict[str, str] = field(default_factory=dict)

    @classmethod
    def new(cls) -> Pseudonyms:
        """A fresh secret key."""
        return cls(secrets.token_bytes(_KEY_BYTES))

    @classmethod
    def load(cls, path: Path) -> Pseudonyms:
        """Read a key file.

        Raises
        ------
        InputError
            It cannot be read or is no key file of callqa.
        """
        try:
            data: Any = orjson.loads(path.read_bytes())
            if data["format"] != KEY_FORMAT:
                raise InputError(f"must be {KEY_FORMAT}", file=path, field="format")
            key, originals = bytes.fromhex(data["key"]), data["originals"]
            if len(key) != _KEY_BYTES or not all(isinstance(value, str) for value in originals.values()):
                raise ValueError
        except OSError as exc:
            raise InputError(f"cannot be read ({exc.strerror})", file=path) from exc
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InputError("is no key file of callqa", file=path) from None
        return cls(key, originals)

    def save(self, path: Path) -> None:
        """Write the key file, mode 0600. Whoever has it can turn every token back: keep it apart from what it protects."""
        with atomic_write(path) as file:
            file.write(orjson.dumps({"format": KEY_FORMAT, "key": self.key.hex(), "originals": self.originals}, option=orjson.OPT_INDENT_2))

    def token(self, kind: str, text: str) -> str:
        """The token of a piece of personal data.

        Examples
        --------
        >>> names = Pseudonyms(b"k" * 32)
        >>> names.token("mobile", "幺三八零零零零幺二三四")[:-1] == names.token("mobile", "13800001234")[:-3]
        True
        """
        value = "".join(SPOKEN.get(char, char) for char in text if char.isalnum()).lower() if kind != "name" else text.replace(" ", "")
        base = f"{kind}:{hmac.new(self.key, f'{kind}:{value}'.encode(), hashlib.sha256).hexdigest()[:10]}"
        token, number = f"[{base}]", 1
        while self.originals.setdefault(token, text) != text:
            number += 1
            token = f"[{base}.{number}]"
        return token


def pseudonymise_call(call: Call, names: Pseudonyms) -> Call:
    """The call with the personal data of its turns replaced by tokens and its spans moved along; unknown metadata is masked.

    ``names`` takes note of every token given out; save it afterwards.

    Examples
    --------
    >>> from callqa.call import Utterance
    >>> names = Pseudonyms.new()
    >>> call = pseudonymise_call(Call("c1", (Utterance(1, "agent", "是王小明先生吗"), Utterance(2, "customer", "王小明不在"))), names)
    >>> call.utterances[0].text[1:18] == call.utterances[1].text[:17]
    True
    >>> reveal_call(call, names).utterances[1].text
    '王小明不在'
    """
    texts = {
        turn.turn: apply_edits(turn.text, [_edit(turn.text, item, names) for item in items])
        for turn, items in zip(call.utterances, call_personal(call), strict=True)
        if items
    }
    return replace(with_texts(call, texts), extra=mask_extra(call.extra))


def _edit(text: str, item: Personal, names: Pseudonyms) -> Edit:
    return Edit(item.start, item.end, names.token(item.kind, text[item.start : item.end]))


def reveal_text(text: str, names: Pseudonyms) -> str:
    """The text with known tokens turned back; unknown ones stay."""
    return _revealed(text, names)[0]


def reveal_call(call: Call, names: Pseudonyms) -> Call:
    """The call with the tokens of its turns turned back, spans moved along."""
    return with_texts(call, {turn.turn: _revealed(turn.text, names) for turn in call.utterances if "[" in turn.text})


def _revealed(text: str, names: Pseudonyms) -> tuple[str, OffsetMap]:
    edits = [Edit(match.start(), match.end(), names.originals[match[0]]) for match in _TOKEN.finditer(text) if match[0] in names.originals]
    return apply_edits(text, edits)
