"""Numbers to text, and what sentences share: one rule each."""
