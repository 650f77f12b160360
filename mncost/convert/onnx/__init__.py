"""ONNX files: in (graph, and what it walks with), and out (write)."""
