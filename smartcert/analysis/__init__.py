"""What researchers ask: how sure is a level, is the edition consistent, what would other rules do, do evaluators agree?

Start with `frames` (tables of a round) or `vectorised.from_round` (arrays of a round, as ``smartcert.arrays``).
"""
