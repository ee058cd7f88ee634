"""The loops: poll, tick, dispatch and upkeep, each with `once` and `run`; the keeper joins them."""
