"""The two languages people read callqa in. File formats keep their English keys whatever the language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal, get_args

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = get_args(Lang)


def say(lang: Lang, en: str, zh: str) -> str:
    """The wording in ``lang``; both stand side by side so that neither is forgotten.

    Examples
    --------
    >>> say("zh", "calls", "通话")
    '通话'
    """
    return zh if lang == "zh" else en


def detect_lang(environ: Mapping[str, str], argv: Sequence[str] = ()) -> Lang:
    """Language asked for by ``--lang`` in ``argv``, else by CALLQA_LANG, LC_ALL, LC_MESSAGES or LANG; English if none says.

    Examples
    --------
    >>> detect_lang({"LANG": "zh_CN.UTF-8"})
    'zh'
    >>> detect_lang({"LANG": "zh_CN.UTF-8"}, ["tag", "--lang", "en"])
    'en'
    """
    for word, following in pairwise([*argv, ""]):
        name, equals, value = word.partition("=")
        if name != "--lang":
            continue
        for lang in LANGS:
            if lang == (value if equals else following):
                return lang
    for name in ("CALLQA_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environ.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"
