"""`python -m breakeven`: the command line."""

from breakeven.cli import main

raise SystemExit(main())
