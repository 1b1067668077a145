"""Types that nobody models: outputs that are made up, of the types that the installed SDK declares."""
