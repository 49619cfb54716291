"""What a notebook calls: one call per cell."""
