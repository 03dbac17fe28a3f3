"""The account in the company settings: the price plan with the licences booked, used and available."""
