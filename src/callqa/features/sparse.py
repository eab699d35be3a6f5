"""scipy.sparse, without loading what it never uses: importing it names everything in numpy, whose Fortran parser and tools for tests
take longer to load than scipy.sparse itself."""

from __future__ import annotations

import sys
from importlib.util import LazyLoader, find_spec, module_from_spec

import numpy as np


def _load_when_used(name: str) -> None:
    """Put a module of numpy in its place that loads itself at its first use."""
    spec = find_spec(f"numpy.{name}")
    if f"numpy.{name}" in sys.modules or spec is None or spec.loader is None:
        return
    spec.loader = LazyLoader(spec.loader)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    setattr(np, name, module)


_load_when_used("f2py")
_load_when_used("testing")

import scipy.sparse as sp  # noqa: E402 - the point of this module

__all__ = ["sp"]
