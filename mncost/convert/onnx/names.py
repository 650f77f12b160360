"""How a file that we write names things: operators and tensors after the layers of the graph."""

from __future__ import annotations

from mncost.graph import Graph


class Names:
    """Every name that is taken; of each node, its scope and the tensor that it puts out.

    An operator is called `/scope/Operator`, and a tensor after its scope; the last is `output`.
    """

    def __init__(self, graph: Graph) -> None:
        self.taken: set[str] = set()
        self.inputs = [self.fresh(f"input{n or ''}") for n in range(1 + len(graph.others))]
        self.scopes = [self.fresh(node.name) for node in graph.nodes]
        self.tensors = [*self.scopes[:-1], self.fresh("output")]

    def fresh(self, name: str) -> str:
        """The name, or with a number behind where there is one like it."""
        unique, number = name, 1
        while unique in self.taken:
            number += 1
            unique = f"{name}.{number}"
        self.taken.add(unique)
        return unique
