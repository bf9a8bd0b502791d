"""Who did what, and models that score items by it: numpy and onnxruntime only, for serving runs this very code."""
