"""Types that need no cloud: references to other stacks, and the packages random, time, tls and command."""
