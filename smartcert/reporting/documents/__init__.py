"""Documents that leave the office, as HWPX, HTML and plain text from the same blocks."""
