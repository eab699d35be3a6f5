"""Scripts that write generated files: `python -m tools.generate`."""
