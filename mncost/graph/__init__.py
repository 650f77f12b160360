"""Facts: what a network computes, flat and in order, whatever it was written in."""

from mncost.graph.graph import PLAIN, Builder, Graph, Node, Numbers, Setting, stated
from mncost.graph.ops import Op, Shape

__all__ = ["PLAIN", "Builder", "Graph", "Node", "Numbers", "Op", "Setting", "Shape", "stated"]
