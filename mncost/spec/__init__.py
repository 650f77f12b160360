"""Intent: what people write. Text becomes a `Network`, which is scaled, then lowered to a graph."""
