"""The register of certificates: what happened, who did it, what it rests on, and what is in force on any day.

Nothing here reads a rule, a registry or a round: the law comes in as a function of the day
(``rulebook.certification_on``), names come in as text.

`events`
    What an entry says: `events.Event`, a `events.Draft` of one, the facts that each kind states, why one is refused.
`periods`, `state`
    How the law counts days, and what somebody holds on one: `state.Standing`.
`transitions`, `procedure`
    The table of the procedure with the effect of each event, and whether an event is allowed.
`timeline`
    Corrections resolved and entries replayed: ``compute_standing(events, day, law)``, and ``admit_draft``.
`store`, `integrity`, `exchange`
    The register as an SQLite file that is only ever added to, the check that it is what was entered, its lines and
    copies. Heads are published beside the register in ``<register>.heads``: a line ``12 <hash>`` for each entry.
`signing`
    Ed25519 keys, the text of the QR code, the seal at the end of a certificate's file.
`public_history`
    Published certifications as terms, as a picture on one day, and as events of kind ``transcribed``, so that
    ``compute_standing`` answers from them as from a register.
"""
