"""Time: measured with ONNX Runtime, and the law of it that is fitted to what was measured."""
