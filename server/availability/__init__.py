"""The booking desk: a process that keeps what is allotted in memory, and says what is still free."""
