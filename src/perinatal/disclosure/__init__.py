"""What may leave: the publication plan, Shown or Withheld, and the protection of small numbers."""
