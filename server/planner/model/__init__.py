"""The numbers the planner works on: the network, its days, and the sequencer's input. Imports nothing else of the planner."""
