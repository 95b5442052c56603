"""Initial weights from named streams, so that tensors of the same name are the same in every model that has them."""

from __future__ import annotations

from torch import nn

from visavis.streams import Stream


def initialise(module: nn.Module, stream: Stream) -> None:
    """Resets every layer by its own ``reset_parameters``, each from a stream named by its place in the module.

    That a layer draws from a stream of its own keeps the others' weights where they are when a layer is added.
    """
    for name, layer in module.named_modules():
        reset = getattr(layer, "reset_parameters", None)
        if reset is not None:
            with stream.child(name).as_global():
                reset()
