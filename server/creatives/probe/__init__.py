"""What an uploaded file is and whether it is whole: decided by its content, with limits on pixels, memory and time."""
