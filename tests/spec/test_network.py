"""`Network` as a Pydantic model: frozen, strict, and written out as it was read."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

import mncost
from mncost.spec.layers import LAYERS, Layer
from mncost.spec.network import Network

NETWORK = {
    "name": "n",
    "input": [8, 16, 16],
    "layers": [
        {"op": "conv", "out": 8, "kernel": [3, 1], "id": "a"},
        {"op": "residual", "layers": [{"op": "separable", "out": 8}], "shortcut": [{"op": "norm"}]},
        {"op": "parallel", "branches": [[{"op": "act", "type": "relu"}], []]},
        {"op": "inverted_residual", "out": 8, "expand": 2, "se": {"squeeze": 4}},
        {"op": "softmax", "from": "a"},
    ],
    "budget": {"macs": 10**6},
}


def test_what_is_dumped_is_the_same_network() -> None:
    network = Network.model_validate(NETWORK)
    again = Network.model_validate(network.model_dump(by_alias=True, exclude_unset=True))
    assert mncost.lower(again) == mncost.lower(network)
    assert again.budget is not None
    assert mncost.lower(Network.model_validate(network.model_dump(by_alias=True))) == mncost.lower(
        network
    )


def test_every_model_is_frozen_strict_and_closed() -> None:
    for model in (*LAYERS.values(), Layer, Network):
        config = model.model_config
        assert (config["frozen"], config["strict"], config["extra"]) == (True, True, "forbid")
    with pytest.raises(ValidationError):
        Network.model_validate({**NETWORK, "layer": []})


@pytest.mark.parametrize("op", LAYERS)
def test_every_layer_is_told_apart_by_its_op(op: str) -> None:
    assert LAYERS[op].model_fields["op"].default == op
    assert LAYERS[op].__doc__
