"""Others' graphs: ONNX files and PyTorch models in, ONNX files and PyTorch source out."""
