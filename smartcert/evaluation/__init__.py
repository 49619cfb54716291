"""From an application to its level, values in and values out: read `evaluate` first."""
