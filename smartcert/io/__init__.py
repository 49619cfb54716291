"""Files as values and values as files: the only package that knows YAML, CSV and the formats of forms."""
