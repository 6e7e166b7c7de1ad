"""From neighbourhood deliveries to an honest startfoto for a local Kansrijke Start coalition."""

__version__ = "0.2.0"
