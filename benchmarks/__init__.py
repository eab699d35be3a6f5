"""How fast callqa is beside what else one could run, and whether that has changed."""
