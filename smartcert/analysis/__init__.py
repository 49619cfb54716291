"""What the researcher asks: how sure a level is, how sound the standard is, how far marks can be trusted."""
