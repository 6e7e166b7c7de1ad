"""``python -m perinatal.cli``, for a machine where the console script is not on the path."""

from perinatal.cli import main

if __name__ == "__main__":
    main()
