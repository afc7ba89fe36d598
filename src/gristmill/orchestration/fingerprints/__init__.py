"""What decides a node's outputs: parameters, code, files from outside, and the bytes of payloads."""
