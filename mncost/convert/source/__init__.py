"""Networks out, as PyTorch source."""
