"""`make bench`: what the service does on this machine, each beside the limit measured in the same run.

`__main__.py` runs the parts and tells the results; each part is one file; the rest is what they stand on.
"""
