"""Hub encoders on ONNX Runtime: exported once, then run without torch and transformers."""
