"""Linting labelled data against the labelling guide."""

from callqa.validate.run import Report, validate_files

__all__ = ["Report", "validate_files"]
