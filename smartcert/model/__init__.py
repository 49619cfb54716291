"""The nouns of the house: frozen values without behaviour, one room each."""
