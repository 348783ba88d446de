"""Every check of a review folder: cells, rows, references between tables, trials that would count twice."""
