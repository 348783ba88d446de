"""Any file or DataFrame to one checked table of a known shape."""
