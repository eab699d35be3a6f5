"""Some ASR writes a space between all words (三千 一百 二): closed up before numerals are read."""

from __future__ import annotations

_LONGEST = 2.6  # characters a word, on average: above it spaces stand between phrases and mean a pause


def close_up(text: str) -> tuple[str, list[int] | None]:
    """``text`` without its spaces where they stand between words, and for each character kept its place in ``text``.

    The places are ``None`` where the text is left as it is: spaces between phrases mark a pause and are wanted.

    Examples
    --------
    >>> close_up("后天 还 你 三千 一百 二")
    ('后天还你三千一百二', [0, 1, 3, 5, 7, 8, 10, 11, 13])
    >>> close_up("大后天吧 大后天给你转五百")
    ('大后天吧 大后天给你转五百', None)
    """
    words = text.count(" ") + 1
    if words < 4 or (len(text) - words + 1) / words > _LONGEST:
        return text, None
    places = [at for at, char in enumerate(text) if char != " "]
    return "".join(text[at] for at in places), places
