"""Tables with a target column as the selection's problem: their candidates fitted, packaged, timed and judged on the sealed rows.

Scenarios whose units are rows with a class or a value stand on it: `predict`, and `support` whose rows are questions.
"""
