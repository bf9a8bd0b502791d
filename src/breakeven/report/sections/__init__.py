"""The parts that the report of every scenario has, in their order on the page."""
