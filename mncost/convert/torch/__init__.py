"""PyTorch models in, through torch.export."""
