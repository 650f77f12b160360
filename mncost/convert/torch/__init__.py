"""PyTorch models in: run light, or under torch.export."""
