"""From a delivered file to judged, conformed observations."""
