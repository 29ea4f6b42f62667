"""What comes out of the ground, what is sold, what it costs to build, run and close."""
