"""Many files → a result folder: streaming, in parallel, resumable."""

from callqa.batch.options import Options, Progress, RunSummary
from callqa.batch.run import tag_files

__all__ = ["Options", "Progress", "RunSummary", "tag_files"]
