"""The fitted network as two ONNX files, whose matrices over the turns' tokens are stored and multiplied in 8 bits."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import Tensor, nn

from callqa.finetune.fit import MAX_TOKENS, Network, pack

OPSET = 17
# After the GELU a few units are so large that one 8-bit scale loses the others, so each unit is divided by its own scale and its weights
# are multiplied by it: the unit's size to this power, over that of its weights to the rest (SmoothQuant, Xiao et al. 2023).
SMOOTHING = 0.9
# Added to the scores of tokens of other turns: small enough that they weigh nothing in float32, and large enough that its exponential is
# still a normal number. Processors take a hundred times as long over denormal ones, which was a third of the encoder's time.
OTHER_TURN = -50.0


class Smoothed(nn.Module):
    """A linear layer whose inputs are divided by a scale each and whose weights are multiplied by it: the same product.

    ``largest`` [inputs], the largest absolute value of each input.
    """

    def __init__(self, linear: nn.Linear, largest: Tensor) -> None:
        super().__init__()
        weights = linear.weight.detach().abs().amax(0).clamp(min=1e-4)
        scale = largest.clamp(min=1e-3) ** SMOOTHING / weights ** (1 - SMOOTHING)
        self.linear = copy.deepcopy(linear)
        self.linear.weight.data *= scale
        self.register_buffer("shrink", 1 / scale)
        self.shrink: Tensor

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.linear(x * self.shrink)
        return found


def largest_inputs(network: Network, tokenizer: Tokenizer, texts: Sequence[str]) -> list[Tensor]:
    """Per layer, how large each input of its last linear layer gets over the texts."""
    found = [torch.zeros(layer.down.in_features) for layer in network.encoder.layers]

    def watch(index: int, inputs: Tensor) -> None:
        found[index] = torch.maximum(found[index], inputs.abs().flatten(0, -2).amax(0))

    hooks = [
        layer.down.register_forward_pre_hook(lambda _module, given, index=index: watch(index, given[0]))
        for index, layer in enumerate(network.encoder.layers)
    ]
    with torch.no_grad():
        for start in range(0, len(texts), 256):
            chunk = list(texts[start : start + 256])
            network.encoder(*pack([one.ids[:MAX_TOKENS] for one in tokenizer.encode_batch(chunk)]), len(chunk))
    for hook in hooks:
        hook.remove()
    return found


class _OneCall(nn.Module):
    """The turn encoder for one row of tokens, with the mean over a turn's tokens as a product: what ONNX says well."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.encoder = network.encoder

    def forward(self, ids: Tensor, place: Tensor, turn: Tensor, shares: Tensor) -> Tensor:
        """``ids``, ``place``, ``turn`` [1, tokens]; ``shares`` [turns, tokens], 1 / size where the token belongs to the turn."""
        encoder = self.encoder
        attend = (turn[:, :, None] == turn[:, None, :]).unsqueeze(1)
        bias = torch.where(attend, 0.0, OTHER_TURN)
        x = encoder.norm(encoder.word(ids) + encoder.place(place))
        for layer in encoder.layers:
            x = layer(x, bias)
        vectors: Tensor = encoder.norm_turn(shares @ x[0])
        return vectors


def export(network: Network, tokenizer: Tokenizer, texts: Sequence[str], folder: Path) -> None:
    """Write ``turn.onnx``, ``call.onnx`` and ``tokenizer.json``; ``texts`` show how large states get."""
    network = copy.deepcopy(network).eval()
    for layer, largest in zip(network.encoder.layers, largest_inputs(network, tokenizer, texts), strict=True):
        layer.down = Smoothed(layer.down, largest)
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
