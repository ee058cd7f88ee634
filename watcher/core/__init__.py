"""The pure middle: readings and the time go in, Steps come out; nothing waits or asks a clock.

Read `pipeline.py` first.
"""
