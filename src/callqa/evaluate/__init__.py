"""How near predicted calls are to gold calls: figures with intervals, and every turn that is wrong."""

from callqa.evaluate.evaluation import Estimate, Evaluation, Figure, Share, evaluate_calls

__all__ = ["Estimate", "Evaluation", "Figure", "Share", "evaluate_calls"]
