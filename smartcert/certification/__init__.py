"""The register of certificates: what happened, who did it, what it rests on, and what held on any day.

Nothing here reads a rule, a registry or a round: the law comes in as a function of the day, names come in as text.

Events (`events`)
    ``Event(seq, subject, kind, actor, role, at, recorded_at, reason, editions, evaluation, facts, previous, hash)``.
    ``subject`` is the ten-digit code of the local government, ``kind`` an `events.EventKind`, ``role`` a
    `rules.certification.Role`, ``at`` when it happened and ``recorded_at`` when it was written down (both aware),
    ``editions`` the rules that it rests on (``"certification.valid_years@2021-03-02"``), ``evaluation`` the SHA-256 of
    ``evaluation.json`` or ``""``, ``facts`` a mapping of text to text (what each kind needs: `events.FACTS`).
    ``Draft`` is an event before it has a place in the chain. ``canonical(event) -> bytes``, ``from_canonical``.

What held (`state`, `chronicle`)
    ``standing(events, day, law, known=None) -> Standing``: the answer for one subject at the end of ``day`` (Korean
    time). ``known`` (a moment) leaves out what was recorded later. ``law`` is ``Callable[[date], CertificationRules]``
    (``rulebook.certification_on``).
    ``Standing``: ``subject, day, holding, certificate, certificates, application, revocation, objection, gaps,
    mark_allowed``. ``holding`` is a `state.Holding`: none, valid, review_due (still valid), expired, lapsed, revoked.
    ``Certificate``: ``number, subject, name (Text), size_type, level (int | None), level_status, edition, round,
    issued_on, periods, ended, ended_on, evaluation, entry``. ``entry`` is the hash of the register entry that issued
    it, ``periods`` are ``Period(valid_from, valid_to, decided_on, level, level_status, entry, extension)``; the level of
    the certificate is that of its last period. ``Gap(first, last)`` are days between two periods without one.
    ``spans(events, law, first, last) -> tuple[Span, ...]``: the days from ``first`` to ``last`` cut where the holding
    changes: ``Span(first, last, standing)``.

The register (`store`)
    ``Register.create(path)``, ``Register.open(path)`` (to write), ``Register.read(path)`` (to read); context managers.
    ``.append(draft, law, clock) -> Event``, ``.events(subject=None) -> tuple[Event, ...]``, ``.subjects()``,
    ``.head() -> Head(count, hash)``, ``.certificate(number, law, day) -> Certificate | None``.
    ``chain.verify(path, law, head=None) -> tuple[Damage, ...]``; ``exchange.lines``, ``rebuild``, ``backup``.
    Heads are published beside the register in ``<register>.heads``: a line ``12 <hash>`` for each entry, only ever
    added to. ``Register.head`` gives the last of the register itself, ``heads.published(path)`` those of the file.

The public history (`history`, `public`)
    ``parameters/registry/certifications.csv``, one row per published certification, in memory a
    `smartcert.model.certification.PublicCertification`; `history.terms_of` gives their first and last days.
    ``public.as_events(certifications, law) -> tuple[Event, ...]`` makes events of kind ``transcribed`` from all but the
    pilot (which no notice governed), so that ``standing`` and ``spans`` answer from them as from a register.
"""
