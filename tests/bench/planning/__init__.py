"""Networks for the benches of planning, and the peers that they are held against."""
