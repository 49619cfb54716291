"""Results as people read them: record, words, tables, charts, sections. Knows results, no notebook renderer."""
