"""The startfoto: document, findings, words, drawings."""
