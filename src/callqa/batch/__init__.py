"""Many files → a result folder: streaming, in parallel, resumable."""

from callqa.batch.run import Options, Progress, RunSummary, tag_files

__all__ = ["Options", "Progress", "RunSummary", "tag_files"]
