"""What other watchers of Flink jobs would tell of the same stories, as pure functions.

They are written from what their sources and documents say (each rule with its citation), in the
reading that is fairest to them; no code of theirs is copied and none is run.
"""
