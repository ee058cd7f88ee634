"""Jobs that fail on a real Flink cluster, so that the errors which tests read are real."""
