"""Questions asked of the engine: which layer is cheaper, and why."""
