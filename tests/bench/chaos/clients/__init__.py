"""The clients of the load: boxes, phones and their people, tills, operators."""
