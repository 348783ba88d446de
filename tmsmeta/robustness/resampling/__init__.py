"""Bootstrap and permutation tests."""
