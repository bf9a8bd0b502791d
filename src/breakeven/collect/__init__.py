"""Brief in, rows out: read, infer roles, audit, split. Nothing is dropped or changed without a finding that says so."""
