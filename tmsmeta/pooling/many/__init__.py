"""Many data sets at once: the same estimators on stacked arrays."""
