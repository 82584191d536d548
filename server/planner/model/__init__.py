"""The numbers that the planner works on: the network, its days, and what the sequencer is given. Imports nothing of the planner."""
