"""What commands and notebooks call: plain functions that return values, records or bytes and print nothing."""
