"""The fitted network as two ONNX files, whose matrices over the turns' tokens are stored and multiplied in 8 bits."""

from __future__ import annotations

import copy
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import Tensor, nn

from callqa.finetune.fit import Network

OPSET = 17
# Matrices that stay as they are: after the GELU some inputs are so large that 8 bits lose the others (docs/decisions.md).
_KEPT = "/down/"


class _OneCall(nn.Module):
    """The turn encoder for one row of tokens, with the mean over a turn's tokens as a product: what ONNX says well."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.encoder = network.encoder

    def forward(self, ids: Tensor, place: Tensor, turn: Tensor, shares: Tensor) -> Tensor:
        """``ids``, ``place``, ``turn`` [1, tokens]; ``shares`` [turns, tokens], 1 / size where the token belongs to the turn."""
        encoder = self.encoder
        attend = (turn[:, :, None] == turn[:, None, :]).unsqueeze(1)
        bias = torch.where(attend, 0.0, -1e9)
        x = encoder.norm(encoder.word(ids) + encoder.place(place))
        for layer in encoder.layers:
            x = layer(x, bias)
        vectors: Tensor = encoder.norm_turn(shares @ x[0])
        return vectors


def export(network: Network, tokenizer: Tokenizer, folder: Path) -> None:
    """Write ``turn.onnx``, ``call.onnx`` and ``tokenizer.json``."""
    network = copy.deepcopy(network).eval()
    tokenizer.save(str(folder / "tokenizer.json"))
    hidden = network.encoder.norm.normalized_shape[0]
    tokens, turns = torch.arange(9)[None], torch.tensor([[0, 0, 0, 0, 1, 1, 1, 1, 1]])
    shares = torch.nn.functional.one_hot(turns[0], 2).float().T / torch.tensor([[4.0], [5.0]])
    plain = folder / "turn-plain.onnx"
    torch.onnx.export(
        _OneCall(network).eval(),
        (tokens + 4, tokens % 5, turns, shares),
        str(plain),
        input_names=["ids", "place", "turn", "shares"],
        output_names=["vectors"],
        dynamic_axes={"ids": {1: "tokens"}, "place": {1: "tokens"}, "turn": {1: "tokens"}, "shares": {0: "turns", 1: "tokens"}},
        opset_version=OPSET,
        dynamo=False,
    )
    quantize_dynamic(
        plain,
        folder / "turn-small.onnx",
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,  # 7 bits: the 8-bit products of processors without VNNI overflow
        nodes_to_exclude=[node.name for node in onnx.load(plain).graph.node if _KEPT in node.name],
    )
    plain.unlink()
    torch.onnx.export(
        network.head,
        (torch.zeros(1, 3, hidden), torch.zeros(1, 3, dtype=torch.long)),
        str(folder / "call.onnx"),
        input_names=["vectors", "roles"],
        output_names=["scores"],
        dynamic_axes={"vectors": {1: "turns"}, "roles": {1: "turns"}, "scores": {1: "turns"}},
        opset_version=OPSET,
        dynamo=False,
    )
    (folder / "turn-small.onnx").replace(folder / "turn.onnx")
