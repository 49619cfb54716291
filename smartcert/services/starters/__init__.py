"""Files to start from: an edition of indicators, and a scheme, each valid as it stands and commented."""
