"""callqa: QA of Chinese debt-collection calls. Tags utterances, works out who is on the line, flags calls with evidence."""


def __getattr__(name: str) -> str:
    """``__version__``, looked up when it is asked for: the look-up takes longer than all of `callqa --help` should."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("callqa")
    except PackageNotFoundError:  # a source tree that was never installed
        return "0.0.0"
