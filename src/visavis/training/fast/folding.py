"""Batch normalisation folded into the convolutions before it, for networks that are only asked.

In evaluation mode a batch normalisation multiplies and adds the same numbers for every image, which the convolution
before it can do on the way (Jacob et al. 2018, section 3.2).
"""

from __future__ import annotations

import copy
from collections import Counter

import torch
from torch import fx, nn
from torch.nn.utils import parametrize
from torch.nn.utils.fusion import fuse_conv_bn_eval

CLOSE = 1e-4
"""Of the largest output: how far those of a folded network may lie from the network's own."""


def folded(module: nn.Module, example: torch.Tensor) -> nn.Module:
    """A copy that gives the same outputs but for rounding, or the module itself where there is nothing to fold, its
    forward pass can't be traced, or the copy gives something else.

    Args:
        module: in evaluation mode; stays as it is.
        example: some inputs, on which both are compared.
    """
    if not any(isinstance(part, nn.BatchNorm2d) for part in module.modules()):
        return module
    try:
        changed = _fold(fx.symbolic_trace(_merged(copy.deepcopy(module))))
        return changed if changed is not None and _same(changed(example), module(example)) else module
    except Exception:  # of tracing: what the module itself raises, it raises again when it is asked
        return module


def _merged(module: nn.Module) -> nn.Module:
    """Changed weights in the place of weights with their changes, so that adapters are folded as what they are saved
    as; changes the module.
    """
    for layer in list(module.modules()):
        if parametrize.is_parametrized(layer):
            for name in list(layer.parametrizations):  # type: ignore[arg-type]
                parametrize.remove_parametrizations(layer, name, leave_parametrized=True)
    return module


def _same(found: torch.Tensor, expected: torch.Tensor) -> bool:
    return bool((found - expected).abs().max() <= CLOSE * expected.abs().max())


def _fold(traced: fx.GraphModule) -> fx.GraphModule | None:
    """Changes it in place; None where no convolution is followed by a batch normalisation alone."""
    modules, found = dict(traced.named_modules()), False
    uses = Counter(str(node.target) for node in traced.graph.nodes if node.op == "call_module")
    for node in list(traced.graph.nodes):
        before = _convolution_before(node, modules, uses)
        if before is None:
            continue
        pair = modules[str(before.target)], modules[str(node.target)]
        traced.set_submodule(str(before.target), fuse_conv_bn_eval(*pair))
        node.replace_all_uses_with(before)
        traced.graph.erase_node(node)
        found = True
    if found:
        traced.delete_all_unused_submodules()
        traced.recompile()
    return traced if found else None


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
    return before if alone and type(modules[str(before.target)]) is nn.Conv2d else None
