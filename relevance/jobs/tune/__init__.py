"""Make the model itself fit the pictures."""
