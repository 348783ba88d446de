"""From tables to checked trials: arms with counts, printed comparisons, labels, and the contrasts they hold."""
