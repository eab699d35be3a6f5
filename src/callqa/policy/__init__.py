"""Rules a QA team can read: a YAML policy → flags with evidence, and a score, on every tagged call."""

from callqa.policy.apply import apply_policy, apply_to_all, call_score
from callqa.policy.contacts import DayContacts
from callqa.policy.loading import Policy, load_policy, policy_problems

__all__ = ["DayContacts", "Policy", "apply_policy", "apply_to_all", "call_score", "load_policy", "policy_problems"]
