"""Which rows of the evidence an analysis uses, and why not the others."""
