"""Everything is trained, each part at a share of the learning rate of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from visavis.checks import excerpt, require, require_positive
from visavis.errors import InvalidStudy
from visavis.interfaces import Network, ParamGroup, Plan
from visavis.parts.tuning.layers import layers_of
from visavis.parts.tuning.whole import known_name, names_of, require_loaded, whole
from visavis.streams import Stream


@dataclass(frozen=True)
class DifferentialRates:
    """Fine-tunes a pre-trained network, each named part at a share of the optimizer's learning rate; batch
    normalisation follows its batches.

    A name is the path of a part or parameter as the architecture has it (``layer4``, ``layer4.1``, ``conv1.weight``,
    ``fc``), matched in whole words; one that is no path may be that of a layer that the model itself names.

    Attributes:
        scales: of the learning rate, by name.
        others: the same for all parameters that no name matches; None where there are none.
    """

    scales: Mapping[str, float]
    others: float | None = None

    def __post_init__(self) -> None:
        is_mapping = isinstance(self.scales, Mapping) and len(self.scales) > 0
        require(is_mapping, "tuning.scales", excerpt(self.scales), "a scale for at least one layer: {'layer4': 0.5}")
        for name, scale in self.scales.items():
            require_positive(scale, f"tuning.scales.{name}")
        if self.others is not None:
            require_positive(self.others, "tuning.others")

    def plan(self, network: Network, stream: Stream) -> Plan:
        """See ``Tuning.plan``: one group for each name, and one for the others."""
        require_loaded(network, self)
        trained = whole(network)
        names = names_of(trained)
        layers = {layer.name: set(layer.parameters) for layer in layers_of(network)}
        groups = [
            ParamGroup(pattern, _matches(pattern, names, layers, network), scale)
            for pattern, scale in self.scales.items()
        ]
        named = {name for group in groups for name in group.parameters}
        rest = tuple(name for name in names if name not in named)
        if rest and self.others is not None:
            groups.append(ParamGroup("others", rest, self.others))
        self._require_matches(groups, layers)
        return Plan(trained, tuple(groups))

    def _require_matches(self, groups: list[ParamGroup], layers: Mapping[str, set[str]]) -> None:
        misses = [group.name for group in groups if not group.parameters]
        if misses:
            near = [name for pattern in misses for name in get_close_matches(pattern, layers, n=1)]
            raise InvalidStudy(
                f"no parameter is called {', '.join(map(repr, misses))}",
                got=f"tuning.scales {dict(self.scales)}",
                expected=f"layers of this network: {', '.join(layers)}",
                do=f"perhaps {' and '.join(near)}" if near else None,
            )


def _matches(pattern: str, names: tuple[str, ...], layers: Mapping[str, set[str]], network: Network) -> tuple[str, ...]:
    """The parameters whose names begin with the pattern in whole words; without any, those of the layer so called."""
    by_path = tuple(name for name in names if f"{known_name(network, name)}.".startswith(f"{pattern}."))
    return by_path or tuple(name for name in names if name in layers.get(pattern, ()))
