"""Models over calls: labels, sub-types, who is on the line, filler spans. `callqa.taggers.model` holds them together."""
