"""Figures of pairwise meta-analyses, one file each."""
