"""The games of this box's screen: the referee, and its games on the disk, so that they outlive the process."""
