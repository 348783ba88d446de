"""Figures of networks, one file each."""
