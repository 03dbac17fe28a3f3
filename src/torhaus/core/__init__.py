"""What every room stands on: clock, money, random, mail, storage, queue. No tables."""
