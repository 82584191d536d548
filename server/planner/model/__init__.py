"""The numbers the planner works on: the network, its days, and the input of the sequencer."""
