"""The tokenizer of the turn encoder: the base model's, with the pieces kept that Chinese calls can need."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from callqa.finetune.e5 import BaseModel

BOS, PAD, EOS, UNK = 0, 1, 2, 3  # ids of the base model, kept
PIECES = 12_000  # 250,002 in the base model, for a hundred languages
_SPACE = "▁"  # what SentencePiece writes for a space
ASCII_PIECES = 200


def tokenizer_of(pieces: Sequence[tuple[str, float]]) -> Tokenizer:
    """A SentencePiece unigram tokenizer that frames a text by <s> and </s>."""
    tokenizer = Tokenizer(models.Unigram(list(pieces), UNK, False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=_SPACE, prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", BOS), ("</s>", EOS)])
    return tokenizer


def kept_ids(base: BaseModel, texts: Sequence[str], size: int = PIECES) -> list[int]:
    """Ids of the base model's pieces to keep, in order.

    The special pieces, every piece the texts use, all single simplified characters, figures, marks, the likeliest ASCII pieces, and
    then the likeliest words of simplified characters until ``size`` pieces are there.
    """
    keep = {BOS, PAD, EOS, UNK}
    for found in tokenizer_of(base.pieces).encode_batch(list(texts), add_special_tokens=False):
        keep.update(found.ids)
    ascii_pieces: list[tuple[float, int]] = []
    words: list[tuple[float, int]] = []
    for index, (piece, score) in enumerate(base.pieces):
        text = piece.removeprefix(_SPACE)
        if not text or (len(text) == 1 and (_is_simplified(text) or text.isascii() or unicodedata.category(text)[0] == "P")):
            keep.add(index)
        elif text.isascii() and len(text) <= 4 and text.isalnum():
            ascii_pieces.append((-score, index))
        elif _is_simplified(text):
            words.append((-score, index))
    keep.update(index for _, index in sorted(ascii_pieces)[:ASCII_PIECES])
    keep.update(index for _, index in sorted(words)[: max(0, size - len(keep))])
    return sorted(keep)


def _is_simplified(text: str) -> bool:
    """Is it written with characters of GB2312 only, which has the simplified ones?"""
    try:
        return all("\u4e00" <= char <= "\u9fff" for char in text) and bool(text.encode("gb2312"))
    except UnicodeEncodeError:
        return False
