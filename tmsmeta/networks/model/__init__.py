"""The weighted regression behind a network, its between-study variance, and the models built on it."""
