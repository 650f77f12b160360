"""Facts: what a network computes, flat and in order, whatever it was written in."""

from mncost.graph.graph import Builder, Graph, Node, Setting
from mncost.graph.ops import Op, Shape

__all__ = ["Builder", "Graph", "Node", "Op", "Setting", "Shape"]
