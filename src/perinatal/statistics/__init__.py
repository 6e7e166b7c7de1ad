"""Statistics of small numbers of births: arrays in, arrays out, nothing remembered."""
