"""Files become values here; the only rooms that know YAML, CSV and the shapes of files."""
