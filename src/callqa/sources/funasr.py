"""FunASR: ``sentence_info`` of `AutoModel.generate` with a speaker model; times in milliseconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from callqa.sources.raw import RawCall, RawTurn, as_list, as_text, milliseconds

NAME = "funasr"


def fits(data: dict[str, Any]) -> bool:
    """Whether a JSON object is one result of FunASR."""
    return "sentence_info" in data


def read(data: dict[str, Any], name: str) -> Iterator[RawCall]:
    """The call of one result; it is called by the recording's ``key``, else ``name``."""
    turns = []
    for index, item in enumerate(as_list(data["sentence_info"], "sentence_info")):
        at = f"sentence_info[{index}]"
        text = as_text(item.get("sentence", item.get("text")), f"{at}.sentence")
        speaker = str(item.get("spk", 0))
        turns.append(RawTurn(speaker, text, milliseconds(item.get("start"), f"{at}.start"), milliseconds(item.get("end"), f"{at}.end")))
    yield RawCall(str(data.get("key") or name), tuple(turns))
