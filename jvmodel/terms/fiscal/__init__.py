"""What the state and the holders of royalties take."""
