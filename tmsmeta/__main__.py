"""``python -m tmsmeta``."""

from tmsmeta.cli import main

if __name__ == "__main__":
    main()
