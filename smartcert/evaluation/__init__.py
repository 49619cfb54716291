"""The way of one applicant, pure: read `evaluate` first."""
