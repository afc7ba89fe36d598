"""What a schema demands of a feature: one kind of demand per module.

Each rule compares one feature of a schema with the statistics of the data, relaxes the feature (in place) until the
data fits, and returns a finding for each demand that had to be relaxed. Validation runs the rules on a copy and keeps
the findings; updating a schema keeps the relaxed feature.
"""
