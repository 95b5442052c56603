"""What stands between the marks of the generated parts."""
