"""The steps from a delivered file to a startfoto, as functions; used by the flows and the CLI."""
