"""Which language is spoken."""

from __future__ import annotations

import pytest

from callqa.lang import LANGS, detect_lang, say


@pytest.mark.parametrize(
    ("environ", "argv", "lang"),
    [
        ({}, [], "en"),
        ({"LANG": "zh_CN.UTF-8"}, [], "zh"),
        ({"LANG": "C.UTF-8"}, [], "en"),
        # the stronger variable wins, an empty one says nothing
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, [], "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, [], "zh"),
        ({"LC_ALL": "en_US.UTF-8", "CALLQA_LANG": "zh"}, [], "zh"),
        # the command line wins over all, in both ways of writing it; nonsense is left to the option's own check
        ({"LANG": "zh_CN.UTF-8"}, ["tag", "--lang", "en"], "en"),
        ({}, ["--lang=zh", "tag"], "zh"),
        ({}, ["--lang"], "en"),
        ({"LANG": "zh_CN.UTF-8"}, ["--lang", "fr"], "zh"),
    ],
)
def test_detect_lang(environ: dict[str, str], argv: list[str], lang: str) -> None:
    assert detect_lang(environ, argv) == lang


def test_say() -> None:
    assert [say(lang, "calls", "通话") for lang in LANGS] == ["通话", "calls"]
