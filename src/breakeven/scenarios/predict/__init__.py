"""Any table: one column predicted from the others, a class or a number."""
