"""The fonts of the package, and how one is packed for a page."""
