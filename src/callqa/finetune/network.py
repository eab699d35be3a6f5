"""The network in torch: e5's lower layers over each turn by itself, then a window and a recurrent layer over the call's turns.

e5's states drift towards the meaning of everything they attend to, so a turn is read alone: with whole calls in one sequence the
network learned who is on the line and little of what a turn says (docs/decisions.md).
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from callqa.finetune.e5 import BaseModel

WINDOW, RECURRENT = 256, 128  # units over the neighbouring turns; units a direction over the whole call
DROPOUT, HEAD_DROPOUT = 0.1, 0.15


class Layer(nn.Module):
    """One encoder layer with the normalisation after each half, as BERT has it."""

    def __init__(self, hidden: int, heads: int, ffn: int, eps: float) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.out = nn.Linear(hidden, 3 * hidden), nn.Linear(hidden, hidden)
        self.up, self.down = nn.Linear(hidden, ffn), nn.Linear(ffn, hidden)
        self.norm_attention, self.norm_output = nn.LayerNorm(hidden, eps), nn.LayerNorm(hidden, eps)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        batch, length, hidden = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, self.heads, hidden // self.heads).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        mixed = self.out(mixed.transpose(1, 2).reshape(batch, length, hidden))
        x = self.norm_attention(x + functional.dropout(mixed, DROPOUT, self.training))
        widened = self.down(functional.gelu(self.up(x)))
        return self.norm_output(x + functional.dropout(widened, DROPOUT, self.training))


class TurnEncoder(nn.Module):
    """Token ids of several turns packed in rows → one vector a turn.

    ``ids`` [rows, length] and ``turn`` [rows, length], the number of the turn a token belongs to, -1 for padding; tokens of a turn lie
    together in one row and attend to each other only.
    """

    def __init__(self, base: BaseModel, keep: list[int], layers: int) -> None:
        super().__init__()
        hidden = base.tensors["emb.word"].shape[1]
        self.word = nn.Embedding(len(keep), hidden)
        self.place = nn.Embedding(base.tensors["emb.pos"].shape[0], hidden)
        self.norm = nn.LayerNorm(hidden, base.eps)
        self.layers = nn.ModuleList(Layer(hidden, base.heads, base.tensors["l0.fi.w"].shape[0], base.eps) for _ in range(layers))
        self.norm_turn = nn.LayerNorm(hidden)
        self.load_state_dict(_initial(base, keep, layers), strict=False)

    def forward(self, ids: Tensor, turn: Tensor, place: Tensor, turns: int) -> Tensor:
        attend = (turn[:, :, None] == turn[:, None, :]).unsqueeze(1)  # padding sees padding: no empty row
        x = functional.dropout(self.norm(self.word(ids) + self.place(place)), DROPOUT, self.training)
        for layer in self.layers:
            x = layer(x, attend)
        there = turn >= 0
        summed = torch.zeros(turns, x.shape[-1]).index_add_(0, turn[there], x[there])
        tokens = torch.zeros(turns).index_add_(0, turn[there], torch.ones(int(there.sum())))
        return self.norm_turn(summed / tokens.clamp(min=1)[:, None])


class CallHead(nn.Module):
    """Vectors and roles of the turns of calls → scores (logits), [calls, turns, outputs]. A turn left out has a zero vector."""

    def __init__(self, hidden: int, outputs: int) -> None:
        super().__init__()
        self.role = nn.Embedding(2, hidden)
        self.window = nn.Linear(4 * hidden, WINDOW)
        self.recurrent = nn.GRU(hidden, RECURRENT, batch_first=True, bidirectional=True)
        self.output = nn.Linear(hidden + WINDOW + 2 * RECURRENT, outputs)
        nn.init.normal_(self.role.weight, std=0.02)
        nn.init.normal_(self.output.weight, std=0.02)
        nn.init.zeros_(self.output.bias)

    def forward(self, vectors: Tensor, roles: Tensor, sizes: Tensor | None = None) -> Tensor:
        x = functional.dropout(vectors + self.role(roles), HEAD_DROPOUT, self.training)
        if sizes is not None:  # calls of several lengths: nothing of the padding may reach a neighbour
            x = x * (torch.arange(x.shape[1])[None, :] < sizes[:, None])[..., None]
        before = functional.pad(x, (0, 0, 1, 0))[:, :-1]
        before_that = functional.pad(x, (0, 0, 2, 0))[:, : x.shape[1]]
        after = functional.pad(x, (0, 0, 0, 1))[:, 1:]
        near = functional.gelu(self.window(torch.cat([x, before, before_that, after], -1)))
        if sizes is None:
            far, _ = self.recurrent(x)
        else:
            packed = nn.utils.rnn.pack_padded_sequence(x, sizes, batch_first=True, enforce_sorted=False)
            far, _ = nn.utils.rnn.pad_packed_sequence(self.recurrent(packed)[0], batch_first=True, total_length=x.shape[1])
        scores: Tensor = self.output(functional.dropout(torch.cat([x, near, far], -1), HEAD_DROPOUT, self.training))
        return scores


def _initial(base: BaseModel, keep: list[int], layers: int) -> dict[str, Tensor]:
    t = base.tensors

    def tensor(array: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))

    state = {
        "word.weight": tensor(t["emb.word"][keep]),
        "place.weight": tensor(t["emb.pos"] + t["emb.type"][0]),
        "norm.weight": tensor(t["emb.ln.w"]),
        "norm.bias": tensor(t["emb.ln.b"]),
    }
    names = {"out": "ao", "up": "fi", "down": "fo", "norm_attention": "aln", "norm_output": "oln"}
    for index in range(layers):
        for short, long in (("w", "weight"), ("b", "bias")):
            state[f"layers.{index}.qkv.{long}"] = tensor(np.concatenate([t[f"l{index}.{part}.{short}"] for part in "qkv"]))
            for name, source in names.items():
                state[f"layers.{index}.{name}.{long}"] = tensor(t[f"l{index}.{source}.{short}"])
    return state
