"""From tables to checked trials: arms, printed comparisons, labels, and the contrasts they hold."""
