"""Batch normalisation folded into the convolutions before it, for networks that are only asked.

In evaluation mode a batch normalisation multiplies and adds the same numbers for every image, which the convolution
before it can do on the way (Jacob et al. 2018, section 3.2).
"""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import torch
from torch import fx, nn
from torch.nn.utils import parametrize
from torch.nn.utils.fusion import fuse_conv_bn_eval

CLOSE = 1e-4
"""Of the largest output: how far those of a folded network may lie from the network's own."""


def fold(module: nn.Module, example: torch.Tensor) -> nn.Module:
    """A copy that gives the same outputs but for rounding, or the module itself where there is nothing to fold, its
    forward pass can't be traced, or the copy gives something else.

    Args:
        module: in evaluation mode; stays as it is.
        example: some inputs, on which both are compared.
    """
    if not any(isinstance(part, nn.BatchNorm2d) for part in module.modules()):
        return module
    try:
        twin = _fold(fx.symbolic_trace(copy.deepcopy(module)))
        return twin if twin is not None and _is_close(twin(example), module(example)) else module
    except Exception:  # of tracing: what the module itself raises, it raises again when it is asked
        return module


def _is_close(outputs: torch.Tensor, expected: torch.Tensor) -> bool:
    return bool((outputs - expected).abs().max() <= CLOSE * expected.abs().max())


def _fold(module: fx.GraphModule) -> fx.GraphModule | None:
    """Changes it in place; None where no convolution is followed by a batch normalisation alone."""
    modules, has_changed = dict(module.named_modules()), False
    uses = Counter(str(node.target) for node in module.graph.nodes if node.op == "call_module")
    for node in list(module.graph.nodes):
        before = _convolution_before(node, modules, uses)
        if before is None:
            continue
        convolution, normalisation = modules[str(before.target)], modules[str(node.target)]
        module.set_submodule(str(before.target), fuse_conv_bn_eval(_as_saved(convolution), normalisation))
        node.replace_all_uses_with(before)
        module.graph.erase_node(node)
        has_changed = True
    if has_changed:
        module.delete_all_unused_submodules()
        module.recompile()
    return module if has_changed else None


def _convolution_before(node: fx.Node, modules: dict[str, nn.Module], uses: Counter[str]) -> fx.Node | None:
    """The convolution that only this batch normalisation follows; None where the node isn't one, or either is used
    elsewhere too.
    """
    if node.op != "call_module" or type(modules[str(node.target)]) is not nn.BatchNorm2d:
        return None
    before = node.args[0]
    if not isinstance(before, fx.Node) or before.op != "call_module" or len(before.users) > 1:
        return None
    alone = uses[str(before.target)] == uses[str(node.target)] == 1
    is_convolution = parametrize.type_before_parametrizations(modules[str(before.target)]) is nn.Conv2d
    return before if alone and is_convolution else None


def _as_saved(convolution: Any) -> nn.Conv2d:
    """The convolution with what an adapter makes of its weights, as it is saved: so a network that is built again gives
    the same bits. It is made anew, for taking an adapter off a copy takes it off the network, too.
    """
    if not parametrize.is_parametrized(convolution):
        return convolution
    settings = ("stride", "padding", "dilation", "groups", "padding_mode")
    plain = nn.Conv2d(
        convolution.in_channels,
        convolution.out_channels,
        convolution.kernel_size,
        **{name: getattr(convolution, name) for name in settings},
    )
    plain.weight = nn.Parameter(convolution.weight.detach().contiguous(memory_format=torch.channels_last))
    plain.bias = convolution.bias
    return plain.eval()
